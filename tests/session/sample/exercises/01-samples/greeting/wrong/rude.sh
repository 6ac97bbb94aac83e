# fails: word
# says: hell
kubectl patch configmap hall -p '{"data": {"greeting": "hell"}}'
