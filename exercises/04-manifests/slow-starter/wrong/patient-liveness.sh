# fails: liveness
# says: failureThreshold
kubectl patch deployment catalogue --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      containers:
        - name: catalogue
          livenessProbe: {failureThreshold: 30}
PATCH
