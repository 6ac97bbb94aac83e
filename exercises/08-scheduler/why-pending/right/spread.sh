# Deleted and created: apply alone would keep the old selector.
kubectl delete deployment guard --now
kubectl apply -f - <<'DEPLOYMENT'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: guard
spec:
  replicas: 2
  selector:
    matchLabels: {app: guard}
  template:
    metadata:
      labels: {app: guard}
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: {kubernetes.io/os: linux}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {app: guard}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 1
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels: {app: guard}
      containers:
        - name: guard
          image: busybox:1.37
          command: [sleep, 1d]
DEPLOYMENT
