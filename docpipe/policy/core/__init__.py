"""The pure part of the policy: no clock, lock, file or thread."""
