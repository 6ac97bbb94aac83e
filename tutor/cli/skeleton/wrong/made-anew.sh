# The season is right, and the colour is gone.
# fails: colour
# says: colour
kubectl delete configmap banner
kubectl create configmap banner --from-literal=season=spring
