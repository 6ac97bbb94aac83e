# The same quantities in other words; the requests follow from the limits.
kubectl set resources deployment painter --limits=cpu=0.1,memory=67108864
kubectl set resources deployment sculptor --requests=cpu=0.5
