"""Tables: the columns of `kubectl get`, which the API server makes and kubectl only prints."""
