"""Documents of broadcasting stations."""
