"""Directories of documents: workers, resume, the files that a run leaves behind."""
