"""Why somebody may not, or may: the Role or binding that is nearest to it."""

from __future__ import annotations

from collections.abc import Iterator

from checkers.rbac import Action, Binding, Rbac, is_default, missing, resources
from checkers.spelling import did_you_mean, folded, one_edit
from checkers.words import say, say_n
from checkers.world import Obj, Subject


def why_not(rbac: Rbac, who: Subject, action: Action, namespace: str) -> str:
    """Return the nearest reason why `who` may not, as a sentence. `namespace` "" is cluster-wide."""
    misses = sorted(set(_misses(rbac, who, action, namespace)))
    if misses:
        return misses[0][1]
    if namespace:
        return say("No RoleBinding in namespace {namespace} and no ClusterRoleBinding helps it.", namespace=namespace)
    return say("No ClusterRoleBinding helps it.")


def why(rbac: Rbac, who: Subject, action: Action, namespace: str) -> str:
    """Return which binding lets `who` do it, as a sentence; "" when RBAC does not."""
    grants = rbac.grants(who, action, namespace)
    if "system:masters" in who.groups:
        return say("Who is in the group system:masters may do everything; no Role changes that.")
    if not grants:
        return ""
    first = grants[0]
    subject = first.subject_of(who) or {}
    at = {
        "binding": _spoken(first),
        "role_kind": first.role_kind,
        "role": first.role_name,
        "subject_kind": subject.get("kind", ""),
        "subject": subject.get("name", ""),
    }
    if len(grants) > 1:
        return say_n(
            "{binding} gives {role_kind} {role} to {subject_kind} {subject}; {n} other binding allows it, too.",
            "{binding} gives {role_kind} {role} to {subject_kind} {subject}; {n} other bindings allow it, too.",
            len(grants) - 1,
            **at,
        )
    return say("{binding} gives {role_kind} {role} to {subject_kind} {subject}.", **at)


def _misses(rbac: Rbac, who: Subject, action: Action, namespace: str) -> Iterator[tuple[int, str]]:
    """Yield what is nearly right, with its distance: small is near."""
    for binding in (each for each in rbac.bindings if not each.default):
        subject = binding.subject_of(who)
        if subject is not None and binding.counts_in(namespace):
            yield from _in_role(rbac, binding, action)
        elif subject is not None and binding.allows(action):
            yield 1, _elsewhere(binding, namespace)
        elif binding.counts_in(namespace) and binding.allows(action):
            yield from _other_subject(binding, who)
    bound = {(each.role_kind, each.role_name) for each in rbac.bindings if each.counts_in(namespace)}
    for (kind, space, name), role in rbac.roles.items():
        if (kind, name) in bound or is_default(role) or space not in ("", namespace):
            continue
        at = {"kind": kind, "name": name}
        if any(not missing(rule, action) for rule in role.get("rules") or []):
            yield 3, say("{kind} {name} has a rule for it, but no binding that counts here names it.", **at)
        elif space:
            yield 8, say("No binding that counts here names {kind} {name}.", **at)


def _in_role(rbac: Rbac, binding: Binding, action: Action) -> Iterator[tuple[int, str]]:
    """The binding is good; its Role is missing, or lacks something."""
    at = {"binding": _spoken(binding), "kind": binding.role_kind, "role": binding.role_name}
    if binding.role is None:
        other = "ClusterRole" if binding.role_kind == "Role" else "Role"
        space = binding.namespace if other == "Role" else ""
        names = {name for kind, where, name in rbac.roles if kind == binding.role_kind and where == binding.namespace}
        if (other, space, binding.role_name) in rbac.roles:
            yield 0, say("{binding} names {kind} {role}, which does not exist; {role} is a {other}.", other=other, **at)
        elif close := did_you_mean(binding.role_name, names):
            yield (
                0,
                say(
                    "{binding} names {kind} {role}, which does not exist; there is one called {close}.",
                    close=close,
                    **at,
                ),
            )
        else:
            yield 0, say("{binding} names {kind} {role}, which does not exist.", **at)
    else:
        rules = [rule for rule in binding.rules if rule.get("verbs") and rule.get("resources")]
        for rule in rules:
            yield _in_rule(rule, action, at)
        if not rules:
            yield 2, say("{kind} {role}, given by {binding}, has no rules.", **at)


def _in_rule(rule: Obj, action: Action, at: dict[str, str]) -> tuple[int, str]:
    lacks = missing(rule, action)
    verbs, targets = (", ".join(map(str, rule.get(key) or [])) for key in ("verbs", "resources"))
    at = at | {"target": action.target, "verbs": verbs, "targets": targets, "verb": action.verb}
    if lacks == {"verb"}:
        return 1, say("{kind} {role} allows {verbs} on {target}, and not {verb}.", **at)
    if lacks == {"name"}:
        names = ", ".join(map(str, rule.get("resourceNames") or []))
        return 1, say("{kind} {role} allows it for objects of these names only: {names}.", names=names, **at)
    if lacks >= {"group"} and "resource" not in lacks:
        groups = ", ".join(f'"{each}"' for each in rule.get("apiGroups") or [])
        group = action.group or '""'
        return 1, say(
            "{kind} {role} names {target} in the API group {groups}; the API has them in {group}.",
            groups=groups,
            group=group,
            **at,
        )
    if "resource" in lacks and "group" not in lacks:
        return _other_resource(rule, action, at, near=1 if "verb" not in lacks else 2)
    return 6, say("{kind} {role} allows {verbs} on {targets}, and nothing on {target}.", **at)


def _other_resource(rule: Obj, action: Action, at: dict[str, str], near: int) -> tuple[int, str]:
    there = [str(each) for each in rule.get("resources") or []]
    if action.subresource and action.resource in there:
        return near, say(
            "{kind} {role} names {resource}; {target} is a resource of its own.", resource=action.resource, **at
        )
    known = {name for _, name in resources()}
    odd = [each for each in there if each.partition("/")[0] not in known and each != "*"]
    if close := did_you_mean(action.target, odd):
        return near, say("{kind} {role} names {close}, which is not a resource of the API.", close=close, **at)
    return near + 3, say("{kind} {role} allows {verbs} on {targets}, and nothing on {target}.", **at)


def _elsewhere(binding: Binding, namespace: str) -> str:
    """The right subject and Role, bound in another namespace."""
    at = {"binding": binding.name, "there": binding.namespace, "here": namespace}
    if not namespace:
        return say("RoleBinding {binding} gives it in namespace {there} only, not in the whole cluster.", **at)
    return say("RoleBinding {binding} is in namespace {there}: it counts there, not in namespace {here}.", **at)


def _other_subject(binding: Binding, who: Subject) -> Iterator[tuple[int, str]]:
    """The right Role in the right place, given to somebody else."""
    parts = who.user.split(":")
    space, account = parts[2:] if len(parts) == 4 and parts[:2] == ["system", "serviceaccount"] else ("", "")
    me = account or who.user
    at = {"binding": _spoken(binding), "name": me}
    for each in binding.subjects:
        kind, name = str(each.get("kind")), str(each.get("name") or "")
        where = str(each.get("namespace") or binding.namespace)
        alike = any(folded(name) == folded(one) or one_edit(name, one) for one in (me, *who.groups))
        if kind == "ServiceAccount" and name == me and where != space:
            yield 0, say("{binding} names ServiceAccount {name} in namespace {where}.", where=where, **at)
        elif alike or name.rpartition(":")[2] == me:
            yield 0, say("{binding} names {kind} {other}.", kind=kind, other=name, **at)
    others = ", ".join(f"{each.get('kind')} {each.get('name')}" for each in binding.subjects[:3])
    if not others:
        yield 2, say("{binding} names nobody.", **at)
    elif binding.namespace:
        yield 4, say("{binding} gives it to others: {others}.", others=others, **at)


def _spoken(binding: Binding) -> str:
    return f"{binding.kind} {binding.name}"
