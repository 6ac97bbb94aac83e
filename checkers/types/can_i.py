"""`can_i`: what somebody may do in the cluster, and what not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from checkers import rbac, texts
from checkers.check import CheckType
from checkers.rbac import Action, Rbac, Who
from checkers.rbac_misses import why, why_not
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say
from checkers.world import Kind, Subject, World

SHOWN = 4
"""Actions that are named in a sentence; the others are counted by an ellipsis."""


class Asker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks, and where: `namespace` None is the exercise's own, `*` is the whole cluster."""

    as_: Who = msgspec.field(name="as")
    namespace: str | None = None


class CanICheck(CheckType, frozen=True, kw_only=True):
    """What a user, a group or a ServiceAccount may do, as the API server itself decides.

        can_i: {as: {serviceaccount: robot}}
        allowed: ["get pods", "get pods/log", "list deployments.apps"]
        denied: ["delete pods", "get secrets web-tls"]

    An action is a verb, a resource with its API group (and subresource), and a name where it is
    about one object. Resources outside namespaces (nodes) are always asked for cluster-wide.
    """

    key: ClassVar[str] = "can_i"
    can_i: Asker
    allowed: list[str] = msgspec.field(default_factory=list)
    denied: list[str] = msgspec.field(default_factory=list)

    def reads(self) -> frozenset[Kind]:
        """Roles, bindings and ServiceAccounts."""
        return rbac.READS

    def problems(self) -> list[str]:
        """Check who asks, and each action."""
        found = self.can_i.as_.problems()
        if not self.allowed and not self.denied:
            found.append("needs allowed or denied: a list of actions such as 'get pods'")
        for text in (*self.allowed, *self.denied):
            try:
                Action.parse(text)
            except ValueError as error:
                found.append(str(error))
        return found

    def look(self, world: World) -> Verdict:
        """Ask for every action, and explain the first that is answered otherwise."""
        who = self.can_i.as_.subject(world)
        short = [each for each in map(Action.parse, self.allowed) if not self._ask(world, who, each)[0]]
        wide = [each for each in map(Action.parse, self.denied) if self._ask(world, who, each)[0]]
        if not short and not wide:
            return Verdict(ok=True, found=self._asked(world, allowed=True, denied=True))
        first, rules = (short or wide)[0], Rbac.of(world)
        where = self._where(world, first)
        reason = self._ask(world, who, first)[1]
        # What the rules say, and the API server does not say yet, it will say in a moment.
        granted = bool(rules.grants(who, first, where))
        healing = granted if short else not granted and reason.startswith("RBAC")
        near = why_not(rules, who, first, where) if short else why(rules, who, first, where)
        evidence = self._account_missing(world) if short else reason
        return Verdict(
            ok=False,
            found=self._found(world, short, wide),
            asked=self._asked(world, allowed=bool(short), denied=bool(wide)),
            near="" if healing else near,
            evidence=evidence,
            look=self._look(world, who),
            path=first.text,
            healing=healing,
        )

    def _where(self, world: World, action: Action) -> str:
        chosen = self.can_i.namespace or world.namespace
        return "" if chosen == "*" or action.cluster_wide(world) else chosen

    def _ask(self, world: World, who: Subject, action: Action) -> tuple[bool, str]:
        where = self._where(world, action)
        return world.can(who, action.verb, action.group, action.resource, action.name, where, action.subresource)

    def _found(self, world: World, short: Sequence[Action], wide: Sequence[Action]) -> str:
        """Return which actions are answered otherwise than asked."""
        return " ".join(filter(None, (self._may_not(world, short), self._may(world, wide))))

    def _asked(self, world: World, *, allowed: bool, denied: bool) -> str:
        may = self._may(world, [Action.parse(each) for each in self.allowed] if allowed else [])
        may_not = self._may_not(world, [Action.parse(each) for each in self.denied] if denied else [])
        return " ".join(filter(None, (may, may_not)))

    def _may(self, world: World, actions: Sequence[Action]) -> str:
        at = {"who": self.can_i.as_.spoken(world), "actions": _listed(actions)}
        space = self.can_i.namespace or world.namespace
        if not actions:
            return ""
        if space == "*":
            return say("{who} may {actions} in the whole cluster.", **at)
        return say("{who} may {actions} in namespace {namespace}.", namespace=space, **at)

    def _may_not(self, world: World, actions: Sequence[Action]) -> str:
        at = {"who": self.can_i.as_.spoken(world), "actions": _listed(actions)}
        space = self.can_i.namespace or world.namespace
        if not actions:
            return ""
        if space == "*":
            return say("{who} may not {actions} in the whole cluster.", **at)
        return say("{who} may not {actions} in namespace {namespace}.", namespace=space, **at)

    def _account_missing(self, world: World) -> str:
        """A binding may name a ServiceAccount that is not there: nobody can ever use it."""
        space, name = self.can_i.as_.account(world)
        if not name or world.get(rbac.SERVICE_ACCOUNT, name, space) is not None:
            return ""
        there = [each["metadata"]["name"] for each in world.list(rbac.SERVICE_ACCOUNT, space)]
        at = {"name": name, "namespace": space}
        if close := did_you_mean(name, there):
            return say(
                "Namespace {namespace} has no ServiceAccount {name}; there is one called {close}.", close=close, **at
            )
        return say("Namespace {namespace} has no ServiceAccount {name}.", **at)

    def _look(self, world: World, who: Subject) -> str:
        # kubectl adds the groups of a ServiceAccount itself; only those of the check are given.
        groups = "".join(f" --as-group={each}" for each in self.can_i.as_.groups)
        user = f" --as={who.user}" if who.user else " --as=someone"
        namespace = self.can_i.namespace
        flag = f" -n {namespace}" if namespace not in (None, "*", world.namespace) else ""
        return f"kubectl auth can-i --list{user}{groups}{flag}"


def _listed(actions: Sequence[Action]) -> str:
    shown = ", ".join(each.text for each in actions[:SHOWN])
    return texts.shown(shown + (", …" if len(actions) > SHOWN else ""))
