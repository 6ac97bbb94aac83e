# fails: image
# says: nginx:1.28
# says: nginx:1.29
kubectl rollout undo deployment/web --to-revision=1
