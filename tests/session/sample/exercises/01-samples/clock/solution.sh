kubectl scale deployment/clock --replicas=1
