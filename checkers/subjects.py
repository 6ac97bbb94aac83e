"""Objects in sentences and commands: how a check speaks of what it looks at."""

from __future__ import annotations

from checkers.check import ObjectRef
from checkers.motion import POD, REPLICA_SET
from checkers.words import say
from checkers.world import Kind, Obj, World

EVENT = Kind("v1", "Event")
CLAIM = Kind("v1", "PersistentVolumeClaim")
_LED_BY_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"})


def ref_problems(ref: ObjectRef, key: str) -> list[str]:
    """Return what is wrong with a reference: it needs a name or a selector, not both."""
    if bool(ref.name) == bool(ref.selector):
        return [f"{key}: say which object, by name or by selector (one of the two)"]
    return []


def watched(kind: Kind) -> frozenset[Kind]:
    """Return the kinds whose changes tell that objects of `kind`, or why they are not ready, may have changed."""
    if kind.kind in _LED_BY_PODS:
        return frozenset({kind, POD, REPLICA_SET, EVENT, CLAIM})
    return frozenset({kind, EVENT}) if kind == CLAIM else frozenset({kind})


def spoken(obj: Obj) -> str:
    """Return `Deployment web`."""
    return f"{obj.get('kind', '')} {obj['metadata']['name']}"


def which(world: World, ref: ObjectRef) -> str:
    """Return the reference in words: `Deployment web`, `Pod with the labels app=web`; elsewhere with its namespace."""
    at = {"kind": ref.kind, "name": ref.name or "", "selector": ref.selector, "namespace": ref.namespace or ""}
    elsewhere = ref.namespace not in (None, "*", world.namespace)
    if ref.name:
        return say("{kind} {name} in namespace {namespace}", **at) if elsewhere else say("{kind} {name}", **at)
    if not ref.selector:
        return say("{kind} in namespace {namespace}", **at) if elsewhere else say("{kind}", **at)
    if elsewhere:
        return say("{kind} with the labels {selector} in namespace {namespace}", **at)
    return say("{kind} with the labels {selector}", **at)


def describe_command(world: World, ref: ObjectRef, name: str) -> str:
    """Return the `kubectl describe` that shows how the object stands."""
    return get_command(world, ref, name).replace("kubectl get", "kubectl describe", 1)


def get_command(world: World, ref: ObjectRef, name: str = "", *, yaml: bool = False) -> str:
    """Return the `kubectl get` that shows the object, or those of its kind."""
    plural = world.plural(ref.of)
    parts = ["kubectl get", plural if "." in plural or not name else ref.kind.lower()]
    if name:
        parts.append(name)
    elif ref.selector:
        parts.append("--show-labels")
    if ref.namespace == "*":
        parts.append("-A")
    elif ref.namespace and ref.namespace != world.namespace:
        parts.append(f"-n {ref.namespace}")
    if yaml:
        parts.append("-o yaml")
    return " ".join(parts)
