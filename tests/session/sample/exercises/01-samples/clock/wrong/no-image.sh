# fails: runs
# says: ss/none:1
kubectl set image deployment/clock clock=ss/none:1
kubectl scale deployment/clock --replicas=1
