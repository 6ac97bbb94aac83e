kubectl patch deployment clock -p '{"spec": {"replicas": 1}}'
