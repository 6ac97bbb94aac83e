# One guard runs; the other may not stand beside it.
# fails: both
# says: anti-affinity
kubectl patch deployment guard --type=json -p '[{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]'
