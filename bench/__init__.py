"""Measurements of what a learner waits for: `python -m bench`."""
