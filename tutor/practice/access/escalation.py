"""Nobody grants what they do not hold: the check on writing roles and bindings.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from tutor.practice.access.attributes import MASTERS, Attributes
from tutor.practice.access.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
    ROLES,
    Rbac,
    RoleMissing,
    allows,
)
from tutor.practice.api import errors
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request, User

EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]


class Escalation:
    """The check, as an admission plugin."""

    def __init__(self, rbac: Rbac) -> None:
        self._rbac = rbac

    def mutate(self, request: Request) -> None:
        """Nothing is changed."""

    def validate(self, request: Request) -> None:
        """Raise ApiError (403) where the writer does not hold what the role or binding grants."""
        new, old, who = request.object, request.old, request.who
        if new is None or MASTERS in who.groups:
            return
        if request.resource in (ROLES, CLUSTER_ROLES):
            kept = ("rules", "aggregationRule")
            if old is not None and all(old.get(key) == new.get(key) for key in kept):
                return
            if not self._may(request, "escalate", request.kind.plural, request.name):
                if new.get("aggregationRule") and uncovered(EVERYTHING, self._rbac.rules_for(who, "")):
                    why = "must have cluster-admin privileges to use the aggregationRule"
                    raise errors.forbidden(request.resource, request.name, why)
                self._confirm(request, new.get("rules") or [])
        elif request.resource in (BINDINGS, CLUSTER_BINDINGS):
            kept = ("roleRef", "subjects")
            if old is not None and all(old.get(key) == new.get(key) for key in kept):
                return
            reference = new["roleRef"]
            if not self._may(request, "bind", f"{reference['kind'].lower()}s", reference["name"]):
                try:
                    rules = self._rbac.rules_of(reference, request.namespace)
                except RoleMissing:
                    raise errors.not_found(request.resource, reference["name"]) from None
                self._confirm(request, rules)

    def _may(self, request: Request, verb: str, resource: str, name: str) -> bool:
        wanted = Attributes(request.who, verb, GROUP, resource, namespace=request.namespace, name=name)
        return self._rbac.decide(wanted).allowed

    def _confirm(self, request: Request, rules: list[Obj]) -> None:
        missing = uncovered(rules, self._rbac.rules_for(request.who, request.namespace))
        if missing:
            listed = "\n".join(sorted(rule_text(rule) for rule in compacted(missing)))
            why = f"{user_text(request.who)} is attempting to grant RBAC permissions not currently held:\n{listed}"
            raise errors.forbidden(request.resource, request.name, why)


def uncovered(rules: Iterable[Obj], held: list[Obj]) -> list[Obj]:
    """Return the parts of `rules` that `held` does not cover."""
    parts = [each for rule in rules for each in _parts(rule, User(""))]
    return [part for part, wanted in parts if not any(allows(own, wanted) for own in held)]


def compacted(rules: list[Obj]) -> list[Obj]:
    """Return rules with those for one resource joined: their verbs are gathered."""
    found: dict[str, Obj] = {}
    for number, rule in enumerate(rules):
        simple = not rule.get("nonResourceURLs")
        key = str([rule["apiGroups"], rule["resources"], rule.get("resourceNames")]) if simple else str(number)
        known = found.setdefault(key, {**rule, "verbs": []})
        known["verbs"] += [verb for verb in rule["verbs"] if verb not in known["verbs"]]
    return list(found.values())


def rule_text(rule: Obj) -> str:
    """Return a rule as refusals list it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`."""
    fields = (
        ("APIGroups", "apiGroups"),
        ("Resources", "resources"),
        ("NonResourceURLs", "nonResourceURLs"),
        ("ResourceNames", "resourceNames"),
        ("Verbs", "verbs"),
    )
    return "{" + ", ".join(f"{name}:{_quoted(rule[key])}" for name, key in fields if rule.get(key)) + "}"


def user_text(who: User) -> str:
    """Return a user as refusals name them: `user "x" (groups=["y"])`."""
    return f'user "{who.name}" (groups={_quoted(who.groups)})'


def _quoted(texts: Iterable[str]) -> str:
    return "[" + " ".join(f'"{text}"' for text in texts) + "]"


def _parts(rule: Obj, who: User) -> Iterator[tuple[Obj, Attributes]]:
    """Yield a rule in its smallest pieces, one group, resource, name and verb each, and a request of that kind."""
    for group, resource, verb in product(*(rule.get(key) or () for key in ("apiGroups", "resources", "verbs"))):
        plural, _, subresource = resource.partition("/")
        for name in rule.get("resourceNames") or ("",):
            names = {"resourceNames": [name]} if name else {}
            part = {"apiGroups": [group], "resources": [resource], "verbs": [verb], **names}
            yield part, Attributes(who, verb, group, plural, subresource, name=name)
    for url, verb in product(rule.get("nonResourceURLs") or (), rule.get("verbs") or ()):
        yield {"nonResourceURLs": [url], "verbs": [verb]}, Attributes(who, verb, path=url)
