"""The core: what is stored, and the way that every request goes before it is."""
