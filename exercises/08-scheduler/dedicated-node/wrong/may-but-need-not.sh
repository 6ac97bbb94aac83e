# fails: chosen
# says: nodeSelector
kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      tolerations:
        - {key: dedicated, operator: Equal, value: archive, effect: NoSchedule}
PATCH
