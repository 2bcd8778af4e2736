"""Trains the key-field model on labelled documents, on a CPU."""
