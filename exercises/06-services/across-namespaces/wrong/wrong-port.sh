# fails: asks
# says: wget
kubectl set env deployment/stall PRICES=http://inventory.warehouse/prices
