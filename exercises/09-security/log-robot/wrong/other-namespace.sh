# The binding names robot in the namespace default.
# fails: reads
# says: default
kubectl create role log-reader --verb=get,list,watch --resource=pods,pods/log
kubectl create rolebinding robot-reads-logs --role=log-reader --serviceaccount=default:robot
