# kubectl encodes by itself: this one is base64 of base64.
# fails: pin
# says: NDcxMQ==
kubectl create secret generic house-key --from-literal=pin=NDcxMQ==
kubectl patch configmap house -p '{"data": {"greeting": "Welcome home"}}'
