kubectl run rose --image=nginx:1.28 --port=80
kubectl label pod rose kind=flower colour=red
