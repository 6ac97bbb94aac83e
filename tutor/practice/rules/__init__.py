"""What is particular to each kind: its defaults, what users may not set, what is refused."""
