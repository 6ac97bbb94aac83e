kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
      tolerations:
        - {key: dedicated, operator: Equal, value: archive, effect: NoSchedule}
PATCH
