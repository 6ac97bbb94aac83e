# fails: pin
# says: /etc/key/pin
kubectl create secret generic house-key --from-literal=code=4711
kubectl patch configmap house -p '{"data": {"greeting": "Welcome home"}}'
