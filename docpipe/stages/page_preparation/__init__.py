"""What is done to a page before it is read: turned upright, and levelled."""
