"""Where exercises run: kind clusters, or an existing cluster that the learner named."""
