"""Roles and bindings as RBAC reads them: who is bound to what, and which rule allows what.

The verdict is always the API server's own (SubjectAccessReview); this explains it.
Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from checkers.schema import kinds
from checkers.spelling import did_you_mean
from checkers.words import say
from checkers.world import Kind, Obj, Subject, World

GROUP = "rbac.authorization.k8s.io"
ROLE = Kind(f"{GROUP}/v1", "Role")
CLUSTER_ROLE = Kind(f"{GROUP}/v1", "ClusterRole")
ROLE_BINDING = Kind(f"{GROUP}/v1", "RoleBinding")
CLUSTER_ROLE_BINDING = Kind(f"{GROUP}/v1", "ClusterRoleBinding")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")
CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
DEFAULTS = "kubernetes.io/bootstrapping"
READS = frozenset({ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING, SERVICE_ACCOUNT})
VERBS = (
    *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
    *("use", "bind", "escalate", "impersonate", "approve", "sign", "attest", "*"),
)
"""Verbs of the API. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-resource"""


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks: a `user`, a `serviceaccount` (`robot`; `harbour/robot` for another namespace's), or only `groups`.

    A ServiceAccount is also in the groups that the API server gives it.
    """

    user: str = ""
    serviceaccount: str = ""
    groups: list[str] = []

    def problems(self) -> list[str]:
        """Return what is wrong with it, for the author."""
        if self.user and self.serviceaccount:
            return ["as: either a user or a serviceaccount"]
        return [] if self.user or self.serviceaccount or self.groups else ["as: a user, a serviceaccount or groups"]

    def account(self, world: World) -> tuple[str, str]:
        """Return the ServiceAccount's namespace and name; two empty texts where it is none."""
        namespace, _, name = self.serviceaccount.rpartition("/")
        return (namespace or world.namespace, name) if name else ("", "")

    def subject(self, world: World) -> Subject:
        """Return who asks as the API server knows them, with all groups."""
        namespace, name = self.account(world)
        groups = list(self.groups)
        if name:
            groups += ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
        user = f"system:serviceaccount:{namespace}:{name}" if name else self.user
        groups.append("system:unauthenticated" if user == "system:anonymous" else "system:authenticated")
        return Subject(user, tuple(dict.fromkeys(groups)))

    def spoken(self, world: World) -> str:
        """Return who asks in words: `ServiceAccount robot`, `User jane`, `Group auditors`."""
        namespace, name = self.account(world)
        if name and namespace != world.namespace:
            return say("ServiceAccount {name} of namespace {namespace}", name=name, namespace=namespace)
        if name:
            return say("ServiceAccount {name}", name=name)
        return say("User {name}", name=self.user) if self.user else say("Group {name}", name=", ".join(self.groups))


@dataclass(frozen=True)
class Action:
    """What somebody wants to do: `get pods/log`, `list deployments.apps`, `get secrets web-tls`."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Action:
        """Return the action that `text` means. Raises ValueError with a sentence for the author."""
        words = text.split()
        if not 2 <= len(words) <= 3:
            raise ValueError(
                f"{text!r}: a verb and a resource, as 'get pods/log', and a name if it is about one object"
            )
        verb, target = words[:2]
        whole, _, subresource = target.partition("/")
        resource, _, group = whole.partition(".")
        action = cls(verb, group, resource, subresource, words[2] if len(words) == 3 else "")
        if problem := action._problem():
            raise ValueError(f"{text!r}: {problem}")
        return action

    def _problem(self) -> str:
        if self.verb not in VERBS:
            guess = did_you_mean(self.verb, VERBS)
            return f"{self.verb} is not a verb of the API" + (f"; did you mean {guess}?" if guess else "")
        known = resources()
        if self.group or self.resource == "*" or ("", self.resource) in known:
            return ""
        groups = sorted(group for group, name in known if name == self.resource)
        if groups:
            return f"{self.resource} are in the API group {groups[0]}: write {self.resource}.{groups[0]}"
        guess = did_you_mean(self.resource, {name for group, name in known if not group})
        return f"there is no resource {self.resource}" + (f"; did you mean {guess}?" if guess else "")

    @property
    def target(self) -> str:
        """The resource as rules write it: `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @property
    def text(self) -> str:
        """The action as it was written."""
        whole = f"{self.resource}.{self.group}" if self.group else self.resource
        return " ".join(filter(None, (self.verb, f"{whole}/{self.subresource}".rstrip("/"), self.name)))

    def cluster_wide(self, world: World) -> bool:
        """Tell whether the resource lives outside namespaces, as nodes do."""
        kind = resources().get((self.group, self.resource))
        if kind is not None:
            return not world.namespaced(kind)
        for crd in world.list(CRD) if self.group else ():
            spec = crd.get("spec") or {}
            if spec.get("group") == self.group and (spec.get("names") or {}).get("plural") == self.resource:
                return bool(spec.get("scope") == "Cluster")
        return False


@lru_cache(maxsize=1)
def resources() -> dict[tuple[str, str], Kind]:
    """Return Kubernetes' own kinds by API group and resource name: `("apps", "deployments")`."""
    whole = (kind for kind in kinds() if not kind.kind.endswith("List") and kind.kind != "Status")
    return {(kind.api_version.rpartition("/")[0], _plural(kind.kind.lower())): kind for kind in whole}


def _plural(word: str) -> str:
    if word == "endpoints":
        return word
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch")) else f"{word}s"


def fits(rule: Obj, action: Action) -> bool:
    """Tell whether a rule allows an action."""
    return not missing(rule, action)


def missing(rule: Obj, action: Action) -> frozenset[str]:
    """Return which parts of a rule stand against an action: of `verb`, `group`, `resource` and `name`."""
    verbs, groups, targets, names = (
        [str(each) for each in rule.get(key) or []] for key in ("verbs", "apiGroups", "resources", "resourceNames")
    )
    any_sub = f"*/{action.subresource}" if action.subresource else "*"
    tests = {
        "verb": action.verb in verbs or "*" in verbs,
        "group": action.group in groups or "*" in groups,
        "resource": bool({action.target, "*", any_sub} & set(targets)),
        "name": not names or action.name in names,
    }
    return frozenset(part for part, good in tests.items() if not good)


@dataclass(frozen=True)
class Binding:
    """A RoleBinding (in `namespace`) or ClusterRoleBinding (`namespace` ""), with the Role it names."""

    kind: str
    name: str
    namespace: str
    role_kind: str
    role_name: str
    subjects: tuple[dict[str, Any], ...]
    role: Obj | None
    """None where there is no such Role."""
    default: bool = False
    """Every cluster has it: it is no near miss of the learner's."""

    @property
    def rules(self) -> list[Obj]:
        """The rules that it gives."""
        return list((self.role or {}).get("rules") or [])

    def allows(self, action: Action) -> bool:
        """Tell whether its rules allow an action, wherever it counts and whoever it names."""
        return any(fits(rule, action) for rule in self.rules)

    def counts_in(self, namespace: str) -> bool:
        """Tell whether it counts in a namespace; "" is cluster-wide."""
        return not self.namespace or self.namespace == namespace

    def subject_of(self, who: Subject) -> dict[str, Any] | None:
        """Return the subject by which `who` is bound, or None."""
        return next((each for each in self.subjects if self._is(each, who)), None)

    def _is(self, subject: dict[str, Any], who: Subject) -> bool:
        name = str(subject.get("name") or "")
        if subject.get("kind") == "ServiceAccount":
            return who.user == f"system:serviceaccount:{subject.get('namespace') or self.namespace}:{name}"
        return name in who.groups if subject.get("kind") == "Group" else bool(name) and name == who.user


@dataclass(frozen=True)
class Rbac:
    """All Roles and bindings of a cluster."""

    roles: dict[tuple[str, str, str], Obj] = field(default_factory=dict)
    """By kind, namespace ("" for ClusterRoles) and name."""
    bindings: tuple[Binding, ...] = ()

    @classmethod
    def of(cls, world: World) -> Rbac:
        """Read them from a cluster."""
        roles = {
            (kind.kind, _space(each), str(each["metadata"]["name"])): each
            for kind in (ROLE, CLUSTER_ROLE)
            for each in world.list(kind, "*")
        }
        bindings = tuple(
            _binding(each, roles) for kind in (ROLE_BINDING, CLUSTER_ROLE_BINDING) for each in world.list(kind, "*")
        )
        return cls(roles, bindings)

    def grants(self, who: Subject, action: Action, namespace: str) -> list[Binding]:
        """Return the bindings that allow `who` an action in a namespace ("" is cluster-wide)."""
        return [
            each
            for each in self.bindings
            if each.counts_in(namespace) and each.subject_of(who) is not None and each.allows(action)
        ]


def is_default(obj: Obj) -> bool:
    """Tell whether the API server itself makes this Role or binding.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
    """
    meta = obj["metadata"]
    return DEFAULTS in (meta.get("labels") or {}) or str(meta["name"]).startswith("system:")


def _space(obj: Obj) -> str:
    return str(obj["metadata"].get("namespace") or "")


def _binding(obj: Obj, roles: dict[tuple[str, str, str], Obj]) -> Binding:
    ref, space = obj.get("roleRef") or {}, _space(obj)
    kind, name = str(ref.get("kind") or ""), str(ref.get("name") or "")
    return Binding(
        kind=str(obj["kind"]),
        name=str(obj["metadata"]["name"]),
        namespace=space,
        role_kind=kind,
        role_name=name,
        subjects=tuple(obj.get("subjects") or ()),
        role=roles.get((kind, space if kind == "Role" else "", name)),
        default=is_default(obj),
    )
