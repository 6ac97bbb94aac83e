"""CustomResourceDefinitions: what makes a new kind, and the rules of its objects."""
