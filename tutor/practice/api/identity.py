"""Which object a request is about: what its path says, what an update is held to, and whether it changes anything."""

from __future__ import annotations

from typing import Any

from tutor.practice.api import errors
from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store


def named(kind: Kind, obj: Obj, namespace: str) -> Obj:
    """Fill in what the request's path says of the object; return its metadata."""
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    meta: Obj = obj.setdefault("metadata", {}) or {}
    obj["metadata"] = meta
    if not kind.namespaced:
        meta.pop("namespace", None)
    elif namespace and meta.setdefault("namespace", namespace) != namespace:
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return meta


def require_namespace(store: Store, request: Request) -> None:
    """Raise ApiError (404, 403) where something is created in a namespace that is not there, or is going away."""
    if not request.namespace:
        return
    namespace = store.get("namespaces", "", request.namespace)
    if namespace is None:
        raise errors.not_found("namespaces", request.namespace)
    if namespace["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {request.namespace} because it is being terminated"
        name = request.name or (request.object or {}).get("metadata", {}).get("generateName", "")
        error = errors.forbidden(request.resource, name, why)
        cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
        cause["message"] = f"namespace {request.namespace} is being terminated"
        error.details = {**(error.details or {}), "causes": [cause]}
        raise error


def hold(kind: Kind, new: Obj, old: Obj, *, unconditionally: bool) -> None:
    """Hold on to what an update never changes. Raises ApiError where it is meant for another object or an older state.

    `unconditionally` tells whether it may do without a resourceVersion.
    """
    meta, before = new.setdefault("metadata", {}), old["metadata"]
    resource, name = kind.resource, before["name"]
    if meta.get("uid") and meta["uid"] != before["uid"]:
        path = [kind.group if kind.custom else "", kind.plural, before.get("namespace") or "", name]
        why = (
            f"StorageError: invalid object, Code: 4, Key: /{'/'.join(filter(None, path))}, ResourceVersion: 0, "
            f"AdditionalErrorMsg: Precondition failed: UID in precondition: {meta['uid']}, "
            f"UID in object meta: {before['uid']}"
        )
        raise errors.conflict(resource, name, why)
    if meta.get("resourceVersion") not in (None, "", "0", before["resourceVersion"]):
        raise errors.modified(resource, name)
    if not meta.get("resourceVersion") and not unconditionally:
        cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
        raise errors.invalid(kind.plural, kind.group, name, [cause])
    if meta.get("name", name) != name:
        raise errors.bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    new["apiVersion"], new["kind"] = kind.api_version, kind.kind
    kept = ("name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generateName")
    for key in (*kept, "deletionTimestamp", "deletionGracePeriodSeconds"):
        if key in before:
            meta[key] = before[key]
        else:
            meta.pop(key, None)


def unchanged(new: Obj, old: Obj) -> bool:
    """Tell whether an update changes nothing, but for the times in managedFields."""
    return bool(_without_times(new) == _without_times(old))


def _without_times(obj: Obj) -> Any:
    fields = obj["metadata"].get("managedFields")
    if not fields:
        return obj
    bare = [{key: value for key, value in each.items() if key != "time"} for each in fields]
    return {**obj, "metadata": {**obj["metadata"], "managedFields": bare}}
