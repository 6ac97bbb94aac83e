# fails: by-name
# says: PRICES
address=$(kubectl get service inventory -n warehouse -o jsonpath='{.spec.clusterIP}')
kubectl set env deployment/stall "PRICES=http://$address:8000/prices"
