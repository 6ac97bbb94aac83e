# fails: claim
# says: fast
kubectl patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value":
  {"name": "pages", "persistentVolumeClaim": {"claimName": "diary"}}}]'
