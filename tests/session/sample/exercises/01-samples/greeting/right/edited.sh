test "$(cat note.txt)" = "Say hello."
kubectl get configmap hall -o yaml | sed 's/go away/hello/' > hall.yaml
kubectl apply -f hall.yaml
kubectl create clusterrole ss-greeter --verb=list --resource=secrets
