# A name at home that points next door: the Deployment stays as it is.
kubectl create service externalname inventory --external-name=inventory.warehouse.svc.cluster.local
