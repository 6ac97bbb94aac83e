# The taint is gone, and with it the privilege.
# fails: taint
# says: taints
kubectl taint nodes -l disk=ssd dedicated-
kubectl patch deployment scan --patch-file /dev/stdin <<'PATCH'
spec:
  template:
    spec:
      nodeSelector: {disk: ssd}
PATCH
