# A file of that name, and nothing in it. A Pod on the node makes it.
# fails: readable
# says: empty
kubectl apply -f - <<'POD'
apiVersion: v1
kind: Pod
metadata:
  name: toucher
spec:
  restartPolicy: Never
  nodeSelector: {node-role.kubernetes.io/control-plane: ""}
  tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
  containers:
    - name: toucher
      image: busybox:1.37
      command: [touch, /host/before-upgrade.db]
      volumeMounts: [{name: host, mountPath: /host}]
  volumes:
    - name: host
      hostPath: {path: /var/lib/etcd}
POD
kubectl wait pod/toucher --for=jsonpath='{.status.phase}'=Succeeded --timeout=60s
