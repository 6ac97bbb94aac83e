kubectl run rose --image=nginx:1.28 --port=80 --labels=kind=flower,colour=red
