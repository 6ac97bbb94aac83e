# The Pod is let in, but the image runs as root and the kubelet refuses to start it.
# fails: runs
# says: CreateContainerConfigError
kubectl patch deployment teller --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: teller
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
PATCH
