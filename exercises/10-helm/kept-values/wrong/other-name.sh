# fails: release
# says: cornr
helm install cornr ./cafe --set replicaCount=2 --set-string image.tag=1.29
