# fails: season
# says: sprint
kubectl patch configmap banner --type merge -p '{"data":{"season":"sprint"}}'
