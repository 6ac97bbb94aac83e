# fails: ready
# says: greeting
kubectl create secret generic house-key --from-literal=pin=4711
