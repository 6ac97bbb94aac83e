kubectl patch deployment web --type=json \
  -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:1.29"}]'
