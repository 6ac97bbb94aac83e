# fails: answers
# says: static
kubectl create configmap answers --from-literal=leader=somebody --from-literal=seconds=15
