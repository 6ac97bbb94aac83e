# The file in the workspace, edited: what most learners do.
sed -i -e '/^  containers:/i\  volumes:\n    - {name: shared, emptyDir: {}}' \
  -e '/name: writer/a\      volumeMounts: [{name: shared, mountPath: /paper}]' \
  -e '/name: server/a\      volumeMounts: [{name: shared, mountPath: /www}]' news.yaml
kubectl delete pod news --now
kubectl apply -f news.yaml
