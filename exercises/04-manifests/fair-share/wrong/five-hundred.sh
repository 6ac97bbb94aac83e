# Half a CPU is not five.
# fails: sculptor-asks
# says: 500m
kubectl set resources deployment sculptor --requests=cpu=5
