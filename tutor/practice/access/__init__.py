"""Who asks (certificates, tokens, impersonation) and whether they may (RBAC)."""
