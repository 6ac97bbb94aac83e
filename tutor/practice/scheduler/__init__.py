"""The scheduler: which node a Pod goes to, and in Kubernetes' words why to none."""
