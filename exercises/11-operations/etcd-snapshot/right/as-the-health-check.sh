# With the certificate that the kubelet's own health checks use.
etcd=$(kubectl -n kube-system get pod -l component=etcd -o jsonpath='{.items[0].metadata.name}')
pki=/etc/kubernetes/pki/etcd
kubectl -n kube-system exec "$etcd" -c etcd -- etcdctl --endpoints=https://localhost:2379 \
  --cacert=$pki/ca.crt --cert=$pki/healthcheck-client.crt --key=$pki/healthcheck-client.key \
  snapshot save /var/lib/etcd/before-upgrade.db
