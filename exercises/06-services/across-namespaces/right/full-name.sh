kubectl set env deployment/stall PRICES=http://inventory.warehouse.svc.cluster.local:8000/prices
