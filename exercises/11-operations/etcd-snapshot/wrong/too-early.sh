# A good snapshot, taken while the catalogue was away.
# fails: holds
# says: /registry/configmaps/museum/catalogue
kubectl get configmap catalogue -o yaml > catalogue.yaml
kubectl delete configmap catalogue
etcd=$(kubectl -n kube-system get pod -l component=etcd -o name | head -1)
pki=/etc/kubernetes/pki/etcd
kubectl -n kube-system exec "$etcd" -- etcdctl --endpoints=https://127.0.0.1:2379 \
  --cacert=$pki/ca.crt --cert=$pki/server.crt --key=$pki/server.key \
  snapshot save /var/lib/etcd/before-upgrade.db
kubectl create configmap catalogue --from-literal=1='a blue vase'
