"""Aggregated ClusterRoles: their rules are those of all ClusterRoles that their selectors match.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
"""

from __future__ import annotations

from tutor.practice.access.rbac import CLUSTER_ROLES
from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches


def aggregated_rules(role: Obj, roles: list[Obj]) -> list[Obj]:
    """Return the rules that an aggregated ClusterRole should have; `roles` are all ClusterRoles, by name."""
    found: list[Obj] = []
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or []:
        for other in roles:
            meta = other["metadata"]
            if meta["name"] != role["metadata"]["name"] and matches(selector, meta.get("labels")):
                found += [rule for rule in other.get("rules") or [] if rule not in found]
    return found


def reconcile(api: Api) -> None:
    """Bring all aggregated ClusterRoles up to date; call it after each change of a ClusterRole."""
    roles = api.store.list(CLUSTER_ROLES)
    for role in roles:
        if role.get("aggregationRule"):
            rules = aggregated_rules(role, roles)
            if rules != (role.get("rules") or []):
                name = role["metadata"]["name"]
                api.change(
                    CLUSTER_ROLES,
                    "",
                    name,
                    lambda new, rules=rules: {**new, "rules": rules},  # type: ignore[misc]
                    manager="clusterrole-aggregation-controller",
                )
