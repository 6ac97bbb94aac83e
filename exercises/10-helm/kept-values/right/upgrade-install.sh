for tag in 1.28 1.29; do
  helm upgrade --install corner ./cafe --set replicaCount=2 --set-string "image.tag=$tag"
done
