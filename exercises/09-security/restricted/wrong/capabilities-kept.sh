# fails: runs
# says: capabilities
kubectl patch deployment teller --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: teller
          securityContext:
            allowPrivilegeEscalation: false
PATCH
