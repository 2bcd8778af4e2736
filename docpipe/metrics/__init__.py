"""What docpipe counts and times: the table of metrics, who fills it, and the dashboard and alerts made from it."""
