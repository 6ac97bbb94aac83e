"""A practice cluster: an API server, controllers and simulated nodes in one Python process. See README.md."""
