# The node as kubectl prints it, spaces around the number, keys added one by one.
node=$(kubectl get pod -n kube-system -l component=kube-scheduler -o jsonpath='{.items[0].spec.nodeName}')
kubectl create configmap answers --from-literal="leader=node/$node" --from-literal='seconds= 15 '
kubectl patch configmap answers -p "{\"data\": {\"static\": \"4\"}}"
