"""Roles and bindings.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/rbac/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import invalid, not_supported, required
from tutor.practice.api.errors import ApiError, Cause, Obj
from tutor.practice.api.meta import name_faults, path_segment_faults
from tutor.practice.api.store import Store
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import Causes, faults, invalid_struct, label_selector

GROUP, ROLE_REF = "rbac.authorization.k8s.io", "io.k8s.api.rbac.v1.RoleRef"

_ROLES = ("Role", "ClusterRole")


class Roles(Strategy):
    """The rules of Roles and, with `cluster`, ClusterRoles."""

    has_status = False
    counts_generations = False
    may_create_on_update = True

    def __init__(self, *, cluster: bool = False) -> None:
        self._cluster = cluster

    def name_faults(self, name: str) -> list[str]:
        """A name may be anything that fits into a path."""
        return path_segment_faults(name)

    def default(self, obj: Obj) -> None:
        """Go writes the rules even where there are none."""
        obj["rules"] = obj.get("rules") or None

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the rules."""
        found: list[Cause] = []
        for index, rule in enumerate(obj.get("rules") or []):
            found += _rule(rule, f"rules[{index}]", namespaced=not self._cluster)
        aggregation = obj.get("aggregationRule")
        if aggregation is not None:
            selectors = aggregation.get("clusterRoleSelectors") or []
            if not selectors:
                text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
                found.append(required("aggregationRule.clusterRoleSelectors", text))
            for index, selector in enumerate(selectors):
                at = f"aggregationRule.clusterRoleSelectors[{index}]"
                if wrong := list(label_selector(selector, at)):
                    found += [*wrong, invalid(at, None, "invalid label selector.")]
        return found


class Bindings(Strategy):
    """The rules of RoleBindings and, with `cluster`, ClusterRoleBindings."""

    has_status = False
    counts_generations = False
    may_create_on_update = True

    def __init__(self, *, cluster: bool = False) -> None:
        self._cluster = cluster

    def name_faults(self, name: str) -> list[str]:
        """A name may be anything that fits into a path."""
        return path_segment_faults(name)

    def default(self, obj: Obj) -> None:
        """Fill in the API groups of the role and of users."""
        role = obj.setdefault("roleRef", {})
        role["apiGroup"] = role.get("apiGroup") or GROUP
        for subject in obj.get("subjects") or []:
            if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
                subject["apiGroup"] = GROUP

    def allocate(self, store: Store, new: Obj, old: Obj | None, *, dry_run: bool = False) -> list[Cause]:
        """Raise ApiError (500) for a role of a kind whose rules cannot be looked up."""
        del store, old, dry_run
        kind = new["roleRef"].get("kind") or ""
        if kind not in _ROLES:
            raise ApiError(500, "", f'unsupported role reference kind: "{kind}"')
        return []

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the role and the subjects."""
        return list(_binding(obj, _ROLES[1:] if self._cluster else _ROLES))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the role stays."""
        found = self.validate(new)
        if new["roleRef"] != old["roleRef"]:
            found.append(invalid_struct("roleRef", new["roleRef"], ROLE_REF, "field is immutable"))
        return found


def _rule(rule: Obj, path: str, *, namespaced: bool) -> Causes:
    urls, groups, resources = (rule.get(key) or [] for key in ("nonResourceURLs", "apiGroups", "resources"))
    if urls:
        if namespaced:
            text = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, text)
        if groups or resources or rule.get("resourceNames"):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, text)
    else:
        if not groups:
            yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
        if not resources:
            yield required(f"{path}.resources", "resource rules must supply at least one resource")
    if not rule.get("verbs"):
        yield required(f"{path}.verbs")


def _binding(obj: Obj, kinds: tuple[str, ...]) -> Causes:
    role = obj["roleRef"]
    if role["apiGroup"] != GROUP:
        yield not_supported("roleRef.apiGroup", role["apiGroup"], (GROUP,))
    if role.get("kind") not in kinds:
        yield not_supported("roleRef.kind", role.get("kind") or "", kinds)
    name = role.get("name") or ""
    if name:
        yield from faults("roleRef.name", name, path_segment_faults(name))
    else:
        yield required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or []):
        yield from _subject(subject, f"subjects[{index}]", namespaced=len(kinds) > 1)


def _subject(subject: Obj, path: str, *, namespaced: bool) -> Causes:
    name, kind, group = (subject.get(key) or "" for key in ("name", "kind", "apiGroup"))
    if not name:
        yield required(f"{path}.name")
    if kind == "ServiceAccount":
        if name:
            yield from faults(f"{path}.name", name, name_faults(name))
        if group:
            yield not_supported(f"{path}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            yield required(f"{path}.namespace")
    elif kind in ("User", "Group"):
        if group != GROUP:
            yield not_supported(f"{path}.apiGroup", group, (GROUP,))
    else:
        yield not_supported(f"{path}.kind", kind, ("ServiceAccount", "User", "Group"))
