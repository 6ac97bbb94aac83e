"""kind by subprocess: https://kind.sigs.k8s.io."""
