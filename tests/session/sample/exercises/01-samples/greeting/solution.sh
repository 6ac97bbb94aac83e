kubectl patch configmap hall -p '{"data": {"greeting": "hello"}}'
kubectl create clusterrole ss-greeter --verb=get --resource=configmaps
