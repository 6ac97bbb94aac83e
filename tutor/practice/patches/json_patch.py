"""JSON patches, RFC 6902, as the API server's library takes it: a key that is missing is null, but cannot be removed.

https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
"""

from __future__ import annotations

import copy
from typing import Any

from tutor.practice.patches.errors import Obj, PatchError, bad_request, unprocessable
from tutor.practice.patches.typed import same
from tutor.practice.schema.parsing import json_kind

MAX_OPERATIONS = 10_000


def apply(obj: Obj, patch: Any) -> Obj:
    """Return what the operations of a decoded patch make of an object, which stays as it is.

    Raises PatchError where the patch is malformed, an operation fails, or a test does not hold.
    """
    if patch is None:
        return obj
    if not isinstance(patch, list):
        raise _not_decoded(patch, "[]handlers.jsonPatchOp")
    for operation in patch:
        if not isinstance(operation, dict | None):
            raise _not_decoded(operation, "handlers.jsonPatchOp")
    if len(patch) > MAX_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(patch)}"
        raise PatchError(f"Request entity too large: {message}", 413, "RequestEntityTooLarge")
    patched = copy.deepcopy(obj)
    try:
        for operation in patch:
            _operate(patched, operation)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise unprocessable() from error
    return patched


def _operate(root: Obj, operation: Obj) -> None:
    """Carry out one operation; what it raises tells only that it does not fit."""
    within, key = _find(root, operation["path"])
    value = copy.deepcopy(operation.get("value"))
    match operation["op"]:
        case "add":
            _add(within, key, value)
        case "remove":
            del within[_place(within, key)]
        case "replace":
            _get(within, key)
            within[_place(within, key)] = value
        case "move":
            source, name = _find(root, operation["from"])
            value = _get(source, name)
            del source[_place(source, name)]
            _add(*_find(root, operation["path"]), value)
        case "copy":
            _add(within, key, copy.deepcopy(_get(*_find(root, operation["from"]))))
        case "test":
            if not same(_get(within, key), value):
                raise ValueError("the test does not hold")
        case unknown:
            raise ValueError(f"unexpected kind: {unknown}")


def _find(root: Obj, path: str) -> tuple[Any, str]:
    """Return the object or list that a path ends in, and the key there."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    if len(parts) < 2:
        raise LookupError(path)
    within: Any = root
    for part in parts[1:-1]:
        within = _get(within, part)
        if not isinstance(within, dict | list):
            raise LookupError(path)
    return within, parts[-1]


def _get(within: Any, key: str) -> Any:
    return within.get(key) if isinstance(within, dict) else within[_place(within, key)]


def _add(within: Any, key: str, value: Any) -> None:
    if isinstance(within, dict):
        within[key] = value
    else:
        within.insert(len(within) if key == "-" else _index(key, len(within) + 1), value)


def _place(within: Any, key: str) -> Any:
    return key if isinstance(within, dict) else _index(key, len(within))


def _index(key: str, size: int) -> int:
    """Return an index; a negative one counts from the end."""
    index = int(key)
    if not -size <= index < size:
        raise LookupError(key)
    return index % size


def _not_decoded(value: Any, wanted: str) -> PatchError:
    kind = json_kind(value)
    return bad_request(f"error decoding patch: json: cannot unmarshal {kind} into Go value of type {wanted}")
