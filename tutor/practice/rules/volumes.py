"""Volumes of a Pod, and where its containers mount them.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from tutor.practice.api.causes import duplicate, forbidden, invalid, not_found, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.checks import Causes, dns_name, faults, items, needed, no_backsteps, one_of, relative_path
from tutor.practice.rules.environment import field_ref, resource_ref
from tutor.practice.rules.storage import HOST_TYPES, claim_spec
from tutor.practice.schema.quantity import number

DOWNWARD = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_NEEDED = {
    "hostPath": ("path",),
    "secret": ("secretName",),
    "configMap": ("name",),
    "persistentVolumeClaim": ("claimName",),
    "nfs": ("server", "path"),
    "csi": ("driver",),
    "gitRepo": ("repository",),
    "image": ("reference",),
    "ephemeral": ("volumeClaimTemplate",),
    "iscsi": ("targetPortal", "iqn"),
}
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def volumes(spec: Obj, path: str) -> Causes:
    """Check a Pod's volumes."""
    seen = set()
    for at, volume in items(spec, path, "volumes"):
        name = volume.get("name") or ""
        sources = [key for key in volume if key != "name"]
        for number_, key in enumerate(_in_order(sources)):
            if number_:
                yield forbidden(f"{at}.{key}", "may not specify more than 1 volume type")
            else:
                yield from _source(key, volume[key], f"{at}.{key}")
        yield from needed(volume, at, "name")
        if name:
            yield from faults(f"{at}.name", name, name_faults(name, label=True))
        if name in seen:
            yield duplicate(f"{at}.name", name)
        seen.add(name)


def mounts(container: Obj, path: str, known: Mapping[str, Obj]) -> Causes:
    """Check a container's volumeMounts and volumeDevices; `known` has the volumes by name."""
    seen = set()
    for at, mount in items(container, path, "volumeMounts"):
        where, below, name = mount.get("mountPath") or "", mount.get("subPath") or "", mount.get("name") or ""
        yield from needed(mount, at, "name")
        if name not in known:
            yield not_found(f"{at}.name", name)
        yield from needed(mount, at, "mountPath")
        if where in seen:
            yield invalid(f"{at}.mountPath", where, "must be unique")
        seen.add(where)
        yield from relative_path(f"{path}.volumeMounts.subPath", below)
    for at, device in items(container, path, "volumeDevices"):
        name = device.get("name") or ""
        yield from needed(device, at, "name")
        if name not in known:
            yield not_found(f"{at}.name", name)
        elif not {"persistentVolumeClaim", "ephemeral"} & known[name].keys():
            kinds = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            yield invalid(f"{at}.name", name, kinds)
        yield from needed(device, at, "devicePath")
        yield from no_backsteps(f"{at}.devicePath", device.get("devicePath") or "")


def _in_order(sources: list[str]) -> list[str]:
    """Sort by the order in which the API server looks at them: the first is taken for the volume's type."""
    known = ("emptyDir", "hostPath", "gitRepo", "secret", "nfs", "iscsi", "persistentVolumeClaim", "downwardAPI")
    order = {key: index for index, key in enumerate((*known, "configMap", "projected", "csi", "ephemeral", "image"))}
    return sorted(sources, key=lambda key: order.get(key, len(order)))


def _source(kind: str, source: Obj, path: str) -> Causes:
    yield from needed(source, path, *_NEEDED.get(kind, ()))
    if kind == "emptyDir" and number(source.get("sizeLimit") or 0) < 0:
        yield forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")
    elif kind == "hostPath":
        yield from no_backsteps(f"{path}.path", source.get("path") or "")
        yield from one_of(source, path, "type", HOST_TYPES)
    elif kind == "nfs" and not (source.get("path") or "").startswith("/"):
        yield invalid(f"{path}.path", source.get("path") or "", "must be an absolute path")
    elif kind == "csi":
        yield from dns_name(source, path, "driver")
    elif kind == "image":
        yield from one_of(source, path, "pullPolicy", ("Always", "IfNotPresent", "Never"))
    elif kind == "ephemeral" and source.get("volumeClaimTemplate"):
        template, at = source["volumeClaimTemplate"], f"{path}.volumeClaimTemplate"
        if (template.get("metadata") or {}).get("name"):
            yield forbidden(f"{at}.metadata.name", "cannot be set")
        yield from claim_spec(template.get("spec") or {}, f"{at}.spec")
    elif kind in ("secret", "configMap", "downwardAPI", "projected"):
        yield from _mode(source, path, "defaultMode")
    if kind in ("secret", "configMap"):
        yield from _items(source, path)
    elif kind == "downwardAPI":
        yield from _downward(source, path)
    elif kind == "projected":
        yield from _projected(source, path)


def _mode(obj: Obj, path: str, key: str) -> Causes:
    if obj.get(key) is not None and not 0 <= obj[key] <= 0o777:
        yield invalid(f"{path}.{key}", obj[key], _MODE)


def _items(source: Obj, path: str) -> Causes:
    for at, item in items(source, path, "items"):
        yield from needed(item, at, "key", "path")
        yield from _target(f"{at}.path", item.get("path") or "")
        yield from _mode(item, at, "mode")


def _target(path: str, value: str) -> Causes:
    yield from relative_path(path, value)
    if value.startswith("..") and not value.startswith("../"):
        yield invalid(path, value, "must not start with '..'")


def _downward(source: Obj, path: str) -> Causes:
    for item in source.get("items") or []:
        yield from needed(item, path, "path")
        yield from _target(f"{path}.path", item.get("path") or "")
        field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
        if field is not None:
            yield from field_ref(field, f"{path}.fieldRef", DOWNWARD)
            if resource is not None:
                yield invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
        elif resource is not None:
            yield from resource_ref(resource, f"{path}.resourceFieldRef", volume=True)
        else:
            yield required(path, "one of fieldRef and resourceFieldRef is required")
        yield from _mode(item, path, "mode")


def _projected(source: Obj, path: str) -> Causes:
    taken: set[str] = set()
    for at, each in items(source, path, "sources"):
        kinds = [key for key in ("secret", "configMap", "downwardAPI", "serviceAccountToken") if key in each]
        if len(kinds) > 1:
            yield forbidden(at, "may not specify more than 1 volume type per source")
            kinds = kinds[:1]
        for kind in kinds:
            part = each[kind]
            if kind == "serviceAccountToken":
                if part.get("expirationSeconds", 3600) < 600:
                    detail = "may not specify a duration less than 10 minutes"
                    yield invalid(f"{at}.{kind}.expirationSeconds", part["expirationSeconds"], detail)
                yield from needed(part, path, "path")
            elif kind == "downwardAPI":
                yield from _downward(part, f"{at}.{kind}")
            else:
                yield from needed(part, f"{at}.{kind}", "name")
                yield from _items(part, f"{at}.{kind}")
            paths = [item.get("path") for item in chain(part.get("items") or [], [part])]
            for target in filter(None, paths):
                if target in taken:
                    yield invalid(path, part.get("name") or target, "conflicting duplicate paths")
                taken.add(target)
