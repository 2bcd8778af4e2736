"""Files that docpipe reads for itself: what ships with it, and YAML with line numbers."""
