# Delete and create again: the site was down, and the history is gone.
# fails: history
# says: revision
kubectl delete deployment web --wait
kubectl create deployment web --image=nginx:1.29 --replicas=3
kubectl rollout status deployment/web --timeout=60s
