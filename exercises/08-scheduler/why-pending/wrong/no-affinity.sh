# fails: apart
# says: podAntiAffinity
kubectl patch deployment guard --type=json -p '[
  {"op": "remove", "path": "/spec/template/spec/nodeSelector"},
  {"op": "remove", "path": "/spec/template/spec/affinity"}]'
