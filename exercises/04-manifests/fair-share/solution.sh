kubectl set resources deployment painter --requests=cpu=100m,memory=64Mi --limits=cpu=100m,memory=64Mi
kubectl set resources deployment sculptor --requests=cpu=500m
