# The key fits, the value does not.
# fails: runs
# says: untolerated taint
kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
      tolerations:
        - {key: dedicated, operator: Equal, value: archives, effect: NoSchedule}
PATCH
