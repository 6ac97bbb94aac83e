# Quiet, but a stuck catalogue stays stuck.
# fails: liveness
# says: livenessProbe
kubectl patch deployment catalogue --type=json \
  -p '[{"op": "remove", "path": "/spec/template/spec/containers/0/livenessProbe"}]'
