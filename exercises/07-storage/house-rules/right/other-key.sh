# The key stays as it is; the Deployment learns its name. And the Secret comes from a file.
printf 4711 > pin
kubectl create secret generic house-key --from-file=pin
kubectl patch deployment door -p '{"spec": {"template": {"spec": {"containers": [{"name": "door",
  "env": [{"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "house", "key": "greting"}}}]}]}}}}'
