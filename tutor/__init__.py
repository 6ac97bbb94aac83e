"""kubetutor: a Kubernetes course in the terminal."""

__version__ = "0.1.0"
