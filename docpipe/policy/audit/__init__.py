"""The policy afterwards: its log, replay, what-if, comparison, explanation, pictures."""
