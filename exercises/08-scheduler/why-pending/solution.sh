kubectl patch deployment guard --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: null
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution: null
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels: {app: guard}
PATCH
