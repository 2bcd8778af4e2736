"""A document's way: through the stages, down a ladder where a rung fails, each call within its time limit."""
