# fails: ready
# says: nginx:1.82
kubectl run rose --image=nginx:1.82 --port=80 --labels=kind=flower,colour=red
