"""The policy in a running process: a clock, a lock, signals, a watched file."""
