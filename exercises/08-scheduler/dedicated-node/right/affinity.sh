kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: disk, operator: In, values: [ssd]}
      tolerations:
        - {key: dedicated, operator: Exists}
PATCH
