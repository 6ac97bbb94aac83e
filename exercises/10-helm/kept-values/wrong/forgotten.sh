# The trap of the lesson: the upgrade starts from the defaults.
# fails: pods
# says: replicaCount
helm install corner ./cafe --set replicaCount=2
helm upgrade corner ./cafe --set-string image.tag=1.29
