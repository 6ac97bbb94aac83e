# fails: level
# says: baseline
kubectl label namespace bank pod-security.kubernetes.io/enforce=baseline --overwrite
kubectl rollout restart deployment/teller
