# Bound to nobody: the class waits for a Pod that uses the claim.
# fails: mounted
# says: emptyDir
kubectl delete pvc diary
kubectl apply -f - <<'CLAIM'
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: diary
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 64Mi}}
CLAIM
