# view is wider than it sounds.
# fails: no-more
# says: view
# says: configmaps
kubectl create rolebinding robot-views --clusterrole=view --serviceaccount=harbour:robot
