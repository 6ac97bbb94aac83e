# fails: asks
# says: bad address
kubectl set env deployment/stall PRICES=http://inventory.warehose:8000/prices
