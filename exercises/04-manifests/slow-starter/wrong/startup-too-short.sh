# Six seconds for a program that needs ten.
# fails: ready
# says: tartup probe
kubectl patch deployment catalogue --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      containers:
        - name: catalogue
          startupProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 2
            failureThreshold: 3
PATCH
