# The subresource is forgotten.
# fails: reads
# says: pods/log
kubectl create role log-reader --verb=get,list,watch --resource=pods
kubectl create rolebinding robot-reads-logs --role=log-reader --serviceaccount=harbour:robot
