# A selector that fits the posters as well.
# fails: only-tickets
# says: posters
kubectl patch service tickets --type=merge \
  -p '{"spec": {"selector": {"app": null, "team": "front"}, "ports": [{"port": 80, "targetPort": 8000}]}}'
