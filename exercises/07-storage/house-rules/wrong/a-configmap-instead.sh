# The PIN is in a ConfigMap now, for everybody to read.
# fails: secret
# says: house-key
kubectl create configmap house-key --from-literal=pin=4711
kubectl patch configmap house -p '{"data": {"greeting": "Welcome home"}}'
kubectl patch deployment door --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value":
  {"name": "key", "configMap": {"name": "house-key"}}}]'
