kubectl rollout undo deployment/web --to-revision=2
