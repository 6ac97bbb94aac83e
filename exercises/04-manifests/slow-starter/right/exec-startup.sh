kubectl patch deployment catalogue --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      containers:
        - name: catalogue
          startupProbe:
            exec: {command: [test, -f, /tmp/healthz]}
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe: {failureThreshold: 4}
PATCH
