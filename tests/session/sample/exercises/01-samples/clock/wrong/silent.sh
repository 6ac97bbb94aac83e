# fails: ticks
# says: tock
kubectl patch deployment clock -p '{"spec": {"replicas": 1, "template": {"spec": {"containers": [
  {"name": "clock", "command": ["sh", "-c", "echo tock; sleep 9999"]}]}}}}'
kubectl rollout status deployment/clock --timeout=60s
