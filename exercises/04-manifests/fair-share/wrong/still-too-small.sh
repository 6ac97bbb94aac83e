# fails: painter
# says: 32Mi
kubectl set resources deployment painter --requests=cpu=100m,memory=32Mi --limits=cpu=100m,memory=32Mi
