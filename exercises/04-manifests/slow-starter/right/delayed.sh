# The older road: the liveness probe begins later.
kubectl patch deployment catalogue --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      containers:
        - name: catalogue
          livenessProbe: {initialDelaySeconds: 15}
PATCH
