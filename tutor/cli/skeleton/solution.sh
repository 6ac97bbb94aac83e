kubectl patch configmap banner --type merge -p '{"data":{"season":"spring"}}'
