# Saved in the container's own file system.
# fails: file
# says: /var/lib/etcd/before-upgrade.db
etcd=$(kubectl -n kube-system get pod -l component=etcd -o name | head -1)
pki=/etc/kubernetes/pki/etcd
kubectl -n kube-system exec "$etcd" -- etcdctl --endpoints=https://127.0.0.1:2379 \
  --cacert=$pki/ca.crt --cert=$pki/server.crt --key=$pki/server.key \
  snapshot save /before-upgrade.db
