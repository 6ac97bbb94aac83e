# A group binding lets every ServiceAccount of the namespace in, and too much besides.
# fails: no-more
# says: edit
kubectl create rolebinding all-edit --clusterrole=edit --group=system:serviceaccounts:harbour
