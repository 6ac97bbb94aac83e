# fails: pods
# says: replicaCount
# says: replicas
helm install corner ./cafe --set replicas=2
helm upgrade corner ./cafe --reuse-values --set-string image.tag=1.29
