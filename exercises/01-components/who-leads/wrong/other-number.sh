# fails: static
# says: 8
kubectl create configmap answers --from-literal=leader=somebody --from-literal=seconds=15 --from-literal=static=8
