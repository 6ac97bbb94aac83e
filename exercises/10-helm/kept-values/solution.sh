helm install corner ./cafe --set replicaCount=2 --wait --timeout 90s
helm upgrade corner ./cafe --reuse-values --set-string image.tag=1.29 --wait --timeout 90s
