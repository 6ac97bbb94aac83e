# fails: image
# says: nginx:1.29
kubectl run rose --image=nginx:1.29 --port=80 --labels=kind=flower,colour=red
