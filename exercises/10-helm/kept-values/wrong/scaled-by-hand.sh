# Right until the next upgrade.
# fails: pods
# says: replicaCount
helm install corner ./cafe
helm upgrade corner ./cafe --set-string image.tag=1.29
kubectl scale deployment/corner --replicas=2
