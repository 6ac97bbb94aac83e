# fails: claim
# says: ReadWriteOnce
kubectl delete pvc diary
kubectl apply -f - <<'CLAIM'
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: diary
spec:
  storageClassName: standard
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 64Mi}}
CLAIM
kubectl patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value":
  {"name": "pages", "persistentVolumeClaim": {"claimName": "diary"}}}]'
