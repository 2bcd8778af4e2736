"""Drills: scripted trouble for a real pipeline with real models, and a verdict for each thing that was expected."""
