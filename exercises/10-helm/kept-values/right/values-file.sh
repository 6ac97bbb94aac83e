printf 'replicaCount: 2\n' > corner.yaml
helm install corner ./cafe -f corner.yaml
printf 'replicaCount: 2\nimage:\n  tag: "1.29"\n' > corner.yaml
helm upgrade corner ./cafe -f corner.yaml
