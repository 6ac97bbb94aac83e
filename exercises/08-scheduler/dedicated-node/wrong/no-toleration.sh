# fails: runs
# says: untolerated taint
kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
PATCH
