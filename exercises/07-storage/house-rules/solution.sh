kubectl create secret generic house-key --from-literal=pin=4711
kubectl patch configmap house -p '{"data": {"greeting": "Welcome home"}}'
