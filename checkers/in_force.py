"""What decides about new objects in a namespace: Pod Security, quotas, limits and admission policies."""

from __future__ import annotations

from checkers.pods import labels_match
from checkers.spelling import one_edit
from checkers.words import say
from checkers.world import Kind, Obj, World

NAMESPACE = Kind("v1", "Namespace")
QUOTA = Kind("v1", "ResourceQuota")
LIMIT_RANGE = Kind("v1", "LimitRange")
POLICY = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
POLICY_BINDING = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
READS = frozenset({NAMESPACE, QUOTA, LIMIT_RANGE, POLICY, POLICY_BINDING})
POD_SECURITY = "pod-security.kubernetes.io/"
ENFORCE = f"{POD_SECURITY}enforce"
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"""


def in_force(world: World, namespace: str) -> str:
    """Return all that is in force on `namespace`, as one sentence."""
    labels = _labels(world, namespace)
    parts = [
        say("Pod Security {mode}={level}", mode=mode, level=labels[POD_SECURITY + mode])
        for mode in ("enforce", "warn", "audit")
        if POD_SECURITY + mode in labels
    ]
    parts += [
        f"{kind.kind} {each['metadata']['name']}"
        for kind in (QUOTA, LIMIT_RANGE)
        for each in world.list(kind, namespace)
    ]
    parts += [
        say("policy {policy} ({actions})", policy=_policy(each), actions=", ".join(_actions(each)))
        for each in world.list(POLICY_BINDING)
        if _covers(each, labels)
    ]
    if not parts:
        return say(
            "Nothing is in force on namespace {namespace}: no Pod Security label, quota, limits or policy.",
            namespace=namespace,
        )
    return say("In force on namespace {namespace}: {parts}.", namespace=namespace, parts="; ".join(parts))


def nearly(world: World, namespace: str, *, pod: bool, words: str = "") -> str:
    """Return what is there and refuses nothing: a level that only warns, a policy without a binding; "" without one.

    `words` of the refusal that was asked for tell which of the two is meant.
    """
    labels = _labels(world, namespace)
    level, policy = _weak_level(labels, namespace) if pod else "", _weak_policy(world, labels, namespace)
    return (policy or level) if words and "PodSecurity" not in words else (level or policy)


def _weak_level(labels: dict[str, str], namespace: str) -> str:
    if ENFORCE in labels:
        return say("Namespace {namespace} enforces the level {level}.", namespace=namespace, level=labels[ENFORCE])
    at = {"namespace": namespace}
    for key, value in labels.items():
        if one_edit(key, ENFORCE):
            return say(
                "Namespace {namespace} carries {key}={value}, a label that nobody reads.", key=key, value=value, **at
            )
        if key in (f"{POD_SECURITY}warn", f"{POD_SECURITY}audit"):
            return say("Namespace {namespace} has {key}={value}, which refuses nothing.", key=key, value=value, **at)
    return ""


def _weak_policy(world: World, labels: dict[str, str], namespace: str) -> str:
    bindings = world.list(POLICY_BINDING)
    names = {each["metadata"]["name"] for each in world.list(POLICY)}
    for each in (each for each in bindings if _policy(each) not in names):
        return say(
            "Binding {binding} names the policy {policy}, which does not exist.",
            binding=each["metadata"]["name"],
            policy=_policy(each),
        )
    if loose := sorted(names - {_policy(each) for each in bindings}):
        return say("ValidatingAdmissionPolicy {policy} has no binding.", policy=loose[0])
    for each in sorted(bindings, key=lambda each: not _covers(each, labels)):
        at = {"binding": each["metadata"]["name"], "policy": _policy(each)}
        if not _covers(each, labels):
            return say(
                "Binding {binding} of policy {policy} leaves namespace {namespace} out.", namespace=namespace, **at
            )
        if "Deny" not in _actions(each):
            actions = ", ".join(_actions(each))
            return say(
                "Binding {binding} of policy {policy} has the actions {actions}: it refuses nothing.",
                actions=actions,
                **at,
            )
    return ""


def behind(world: World, namespace: str, message: str) -> str:
    """Return how what a refusal names stands: the quota's use, the namespace's level; "" where it names nothing."""
    if "violates PodSecurity" in message:
        level = _labels(world, namespace).get(ENFORCE, "")
        return (
            say("Namespace {namespace} enforces the level {level}.", namespace=namespace, level=level) if level else ""
        )
    for quota in world.list(QUOTA, namespace):
        name = quota["metadata"]["name"]
        if f"quota: {name}" in message:
            return say("ResourceQuota {name} has in use: {use}.", name=name, use=_use(quota))
    for policy in world.list(POLICY):
        if f"'{policy['metadata']['name']}'" in message:
            return say("ValidatingAdmissionPolicy {name} decided.", name=policy["metadata"]["name"])
    limits = [each["metadata"]["name"] for each in world.list(LIMIT_RANGE, namespace)]
    if limits and (" usage per " in message or " limit to request ratio per " in message):
        return say("LimitRange {name} sets the bounds here.", name=", ".join(limits))
    return ""


def enforced_late(world: World, namespace: str) -> bool:
    """Tell whether a policy refuses objects here: the API server takes a second or two to pick up a new one."""
    labels = _labels(world, namespace)
    return any("Deny" in _actions(each) and _covers(each, labels) for each in world.list(POLICY_BINDING))


def _covers(binding: Obj, labels: dict[str, str]) -> bool:
    """Tell whether a binding's namespaceSelector takes a namespace with these labels."""
    resources = (binding.get("spec") or {}).get("matchResources") or {}
    return labels_match(resources.get("namespaceSelector") or {}, labels)


def _labels(world: World, namespace: str) -> dict[str, str]:
    obj: Obj = world.get(NAMESPACE, namespace) or {"metadata": {}}
    return {str(key): str(value) for key, value in (obj["metadata"].get("labels") or {}).items()}


def _policy(binding: Obj) -> str:
    return str((binding.get("spec") or {}).get("policyName") or "")


def _actions(binding: Obj) -> list[str]:
    return [str(each) for each in (binding.get("spec") or {}).get("validationActions") or []]


def _use(quota: Obj) -> str:
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    return ", ".join(f"{key} {used.get(key, 0)}/{value}" for key, value in sorted(hard.items()))
