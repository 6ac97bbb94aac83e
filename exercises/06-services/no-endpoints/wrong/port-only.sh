# fails: answers
# says: app=ticket
# says: app=tickets
kubectl patch service tickets -p '{"spec": {"ports": [{"port": 80, "targetPort": 8000}]}}'
