# fails: both
# says: spec.replicas
kubectl patch deployment guard --type=json -p '[
  {"op": "remove", "path": "/spec/template/spec/nodeSelector"},
  {"op": "replace", "path": "/spec/replicas", "value": 1}]'
