# The claim that is there, with other words; kubectl deletes it and makes it anew.
kubectl get pvc diary -o yaml | sed -e 's/ReadWriteMany/ReadWriteOnce/' -e '/storageClassName/d' | kubectl replace --force -f -
kubectl patch deployment diary -p '{"spec": {"template": {"spec": {
  "volumes": [{"name": "pages", "emptyDir": null, "persistentVolumeClaim": {"claimName": "diary"}}]}}}}'
