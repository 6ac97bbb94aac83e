# The Service is whole, but clients dial port 80.
# fails: answers
# says: 8000
kubectl delete service tickets
kubectl expose deployment tickets --port=8000
