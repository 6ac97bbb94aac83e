"""The life of Pods on simulated nodes, as a real kubelet leads and reports it."""
