"""Roles and bindings: what they allow, and to whom.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutor.practice.access.attributes import MASTERS, Attributes
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import User
from tutor.practice.api.store import Event, Store

GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"


@dataclass(frozen=True)
class Decision:
    """What was decided. `reason` may be empty either way."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True)
class Grant:
    """One subject of one binding."""

    subject: Obj
    binding: Obj

    @property
    def text(self) -> str:
        """As reasons name it: `RoleBinding "a/ns" of Role "r" to User "u"`."""
        subject, meta, reference = self.subject, self.binding["metadata"], self.binding["roleRef"]
        to = f'{subject["kind"]} "{subject["name"]}"'
        if subject["kind"] == "ServiceAccount":
            to = f'ServiceAccount "{subject["name"]}/{_namespace(subject, self.binding)}"'
        namespace = meta.get("namespace")
        kind, name = (
            ("RoleBinding", f"{meta['name']}/{namespace}") if namespace else ("ClusterRoleBinding", meta["name"])
        )
        return f'{kind} "{name}" of {reference["kind"]} "{reference["name"]}" to {to}'


class RoleMissing(Exception):
    """A binding refers to a role that is not there."""

    def __init__(self, reference: Obj) -> None:
        super().__init__(f'{reference["kind"].lower()}.{GROUP} "{reference["name"]}" not found')


class Rbac:
    """The RBAC authorizer, on the roles and bindings of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index: dict[str, dict[tuple[str, str], list[Grant]]] | None = None
        store.subscribe(self._forget)

    def decide(self, wanted: Attributes) -> Decision:
        """Decide, with the reason that reviews show."""
        if MASTERS in wanted.who.groups:
            return Decision(True)
        missing: list[str] = []
        for grant in self._grants(wanted.who, wanted.namespace):
            try:
                if any(allows(rule, wanted) for rule in self._rules(grant)):
                    return Decision(True, f"RBAC: allowed by {grant.text}")
            except RoleMissing as error:
                missing.append(str(error))
        texts = list(dict.fromkeys(missing))
        if not texts:
            return Decision(False)
        return Decision(False, f"rbac: RBAC: {texts[0] if len(texts) == 1 else '[' + ', '.join(texts) + ']'}")

    def rules_for(self, who: User, namespace: str) -> list[Obj]:
        """Return all rules that a user has in a namespace ("" for cluster-wide ones only), role by role."""
        found: list[Obj] = []
        for grant in self._grants(who, namespace):
            try:
                found += self._rules(grant)
            except RoleMissing:
                continue
        return found

    def rules_of(self, reference: Obj, namespace: str) -> list[Obj]:
        """Return the rules of the role that a `roleRef` names. Raises RoleMissing."""
        if reference["kind"] == "Role":
            role = self._store.get(ROLES, namespace, reference["name"])
        else:
            role = self._store.get(CLUSTER_ROLES, "", reference["name"])
        if role is None:
            raise RoleMissing(reference)
        return role.get("rules") or []

    def _rules(self, grant: Grant) -> list[Obj]:
        return self.rules_of(grant.binding["roleRef"], grant.binding["metadata"].get("namespace", ""))

    def _grants(self, who: User, namespace: str) -> Iterator[Grant]:
        """Yield what is bound to a user: cluster-wide first, then in the namespace; by the bindings' names."""
        if self._index is None:
            self._index = self._build()
        keys = [("User", who.name), *(("Group", group) for group in dict.fromkeys(who.groups))]
        for where in ("", namespace) if namespace else ("",):
            bound = self._index.get(where, {})
            found = [grant for key in keys for grant in bound.get(key, ())]
            yield from sorted(found, key=lambda grant: grant.binding["metadata"]["name"])

    def _build(self) -> dict[str, dict[tuple[str, str], list[Grant]]]:
        index: dict[str, dict[tuple[str, str], list[Grant]]] = {}
        for binding in self._store.list(CLUSTER_BINDINGS) + self._store.list(BINDINGS):
            bound = index.setdefault(binding["metadata"].get("namespace", ""), {})
            for subject in binding.get("subjects") or []:
                key = (subject["kind"], subject["name"])
                if subject["kind"] == "ServiceAccount":
                    key = ("User", f"system:serviceaccount:{_namespace(subject, binding)}:{subject['name']}")
                bound.setdefault(key, []).append(Grant(subject, binding))
        return index

    def _forget(self, event: Event) -> None:
        if event.resource in (BINDINGS, CLUSTER_BINDINGS):
            self._index = None


def allows(rule: Obj, wanted: Attributes) -> bool:
    """Tell whether one rule allows a request."""
    verbs = rule.get("verbs") or ()
    if wanted.verb not in verbs and "*" not in verbs:
        return False
    if not wanted.resource:
        return any(_covers_url(url, wanted.path) for url in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if wanted.group not in groups and "*" not in groups:
        return False
    resources = rule.get("resources") or ()
    matched = "*" in resources or wanted.combined in resources
    if not matched and not (wanted.subresource and f"*/{wanted.subresource}" in resources):
        return False
    names = rule.get("resourceNames")
    return not names or wanted.name in names


def _covers_url(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def _namespace(subject: Obj, binding: Obj) -> str:
    return str(subject.get("namespace") or binding["metadata"].get("namespace", ""))
