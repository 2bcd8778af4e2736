"""The outside world: engines, models, devices, memory."""
