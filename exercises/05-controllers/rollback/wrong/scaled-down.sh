# fails: replicas
# says: spec.replicas
kubectl rollout undo deployment/web
kubectl scale deployment/web --replicas=2
