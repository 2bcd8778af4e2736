"""The learned key-field model: what it sees of a document, and how its answers become values."""
