"""The grading engine: checks as data, read-only towards the cluster."""
