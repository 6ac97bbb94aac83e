# Naming the old image again finds the old ReplicaSet, too.
kubectl set image deployment/web nginx=nginx:1.29
