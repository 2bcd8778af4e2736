"""Line items: goods under headings, in recognised tables, and on till receipts, proven and repaired by arithmetic."""
