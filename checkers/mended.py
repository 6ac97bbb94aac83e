"""Whether somebody has mended a cause that the cluster has not tried again since.

The kubelet and the scheduler try again after a pause. A learner who has just made the
missing ConfigMap must not read that the Pod cannot heal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checkers.evidence import touched
from checkers.motion import POD
from checkers.world import Kind, Obj, World

CONFIG_MAP = Kind("v1", "ConfigMap")
SECRET = Kind("v1", "Secret")
CLAIM = Kind("v1", "PersistentVolumeClaim")
VOLUME = Kind("v1", "PersistentVolume")
NODE = Kind("v1", "Node")
STORAGE_CLASS = Kind("storage.k8s.io/v1", "StorageClass")
QUOTA = Kind("v1", "ResourceQuota")
LIMITS = Kind("v1", "LimitRange")
ACCOUNT = Kind("v1", "ServiceAccount")
NAMESPACE = Kind("v1", "Namespace")

READS = frozenset(
    {CONFIG_MAP, SECRET, CLAIM, VOLUME, NODE, STORAGE_CLASS, QUOTA, LIMITS, ACCOUNT, NAMESPACE},
)

_MISSING = re.compile(r'^(configmap|secret) "([^"]+)" not found', re.I)
_NO_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) [^/]+/(\S+)")
_KINDS = {"configmap": CONFIG_MAP, "secret": SECRET}


def config(world: World, pod: Obj, message: str) -> bool:
    """Tell whether the ConfigMap, Secret or key that the kubelet missed is there by now."""
    space = pod["metadata"].get("namespace")
    if match := _MISSING.search(message):
        return world.get(_KINDS[match[1].lower()], match[2], space) is not None
    if match := _NO_KEY.search(message):
        found = world.get(_KINDS[match[2].lower()], match[3], space) or {}
        return match[1] in {**(found.get("data") or {}), **(found.get("binaryData") or {})}
    return False


def references_touched(world: World, pod: Obj, since: str) -> bool:
    """Tell whether a ConfigMap, Secret or claim that the Pod uses was written after `since`."""
    space = pod["metadata"].get("namespace")
    found = (world.get(kind, name, space) for kind, name in _references(pod.get("spec") or {}))
    return bool(since) and any(obj is not None and touched(obj) >= since[:19] for obj in found)


def claims(world: World, pod: Obj) -> Iterator[Obj]:
    """Yield the PersistentVolumeClaims of the Pod that are there."""
    for kind, name in _references(pod.get("spec") or {}):
        if kind == CLAIM and (claim := world.get(CLAIM, name, pod["metadata"].get("namespace"))) is not None:
            yield claim


def nodes_touched(world: World, pod: Obj, since: str) -> bool:
    """Tell whether a node's labels or taints, or a claim of the Pod, changed after the scheduler's last try."""
    return any(touched(node) >= since[:19] for node in world.list(NODE)) or references_touched(world, pod, since)


def room_is_made(world: World) -> bool:
    """Tell whether Pods of the exercise are leaving, so that their room comes free."""
    return any(pod["metadata"].get("deletionTimestamp") for space in world.namespaces for pod in world.list(POD, space))


def storage_class(world: World, name: str) -> bool:
    """Tell whether the StorageClass exists."""
    return world.get(STORAGE_CLASS, name) is not None


def volume_for(world: World, claim: Obj) -> bool:
    """Tell whether a free PersistentVolume of the claim's class exists."""
    class_ = (claim.get("spec") or {}).get("storageClassName")
    return any(
        (volume.get("spec") or {}).get("storageClassName") == class_
        and (volume.get("status") or {}).get("phase") == "Available"
        for volume in world.list(VOLUME)
    )


def admission(world: World, namespace: str, since: str) -> bool:
    """Tell whether what refuses Pods (quota, limits, accounts, the namespace's labels) changed after `since`."""
    rules = [each for kind in (QUOTA, LIMITS, ACCOUNT) for each in world.list(kind, namespace)]
    space = world.get(NAMESPACE, namespace)
    return any(touched(each, status=True) >= since[:19] for each in [*rules, *([space] if space else [])])


def _references(spec: dict[str, Any]) -> Iterator[tuple[Kind, str]]:
    """Yield the ConfigMaps, Secrets and claims that a Pod's spec names."""
    for volume in spec.get("volumes") or []:
        sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
        for source in sources:
            for key, kind, field in (
                ("configMap", CONFIG_MAP, "name"),
                ("secret", SECRET, "secretName"),
                ("secret", SECRET, "name"),
                ("persistentVolumeClaim", CLAIM, "claimName"),
            ):
                if name := (source.get(key) or {}).get(field):
                    yield kind, name
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        for source in [*(container.get("envFrom") or []), *_values(container)]:
            for key, kind in (
                ("configMapRef", CONFIG_MAP),
                ("configMapKeyRef", CONFIG_MAP),
                ("secretRef", SECRET),
                ("secretKeyRef", SECRET),
            ):
                if name := (source.get(key) or {}).get("name"):
                    yield kind, name


def _values(container: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["valueFrom"] for each in container.get("env") or [] if each.get("valueFrom")]
