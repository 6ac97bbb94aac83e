kubectl patch deployment painter -p '{"spec": {"template": {"spec": {"containers": [{"name": "painter",
  "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "100m", "memory": "65536Ki"}}}]}}}}'
kubectl patch deployment sculptor --type=json \
  -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/resources/requests/cpu", "value": 0.5}]'
