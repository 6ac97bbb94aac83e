# fails: guaranteed
# says: Burstable
kubectl set resources deployment painter --limits=memory=64Mi
kubectl set resources deployment sculptor --requests=cpu=500m
