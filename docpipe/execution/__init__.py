"""A document's way: through the stages, down a ladder where a rung fails, within its deadlines."""
