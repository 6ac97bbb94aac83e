kubectl set env deployment/stall PRICES=http://inventory.warehouse:8000/prices
