kubectl patch service tickets -p '{"spec": {"selector": {"app": "tickets"}, "ports": [{"port": 80, "targetPort": 8000}]}}'
