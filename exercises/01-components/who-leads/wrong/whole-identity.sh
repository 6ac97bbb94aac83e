# The whole identity, with the random part behind the node.
# fails: leader
# says: leader
holder=$(kubectl get lease kube-scheduler -n kube-system -o jsonpath='{.spec.holderIdentity}')
kubectl create configmap answers --from-literal="leader=$holder" --from-literal=seconds=15 --from-literal=static=4
