# A directory of the node instead of the claim.
# fails: mounted
# says: hostPath
kubectl patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value":
  {"name": "pages", "hostPath": {"path": "/tmp/kubetutor-diary", "type": "DirectoryOrCreate"}}}]'
