# fails: narrow
# says: tolerations
kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
      tolerations:
        - {operator: Exists}
PATCH
