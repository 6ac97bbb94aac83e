"""JSON merge patches, RFC 7386: null removes, lists are replaced."""

from __future__ import annotations

import copy
from typing import Any

from tutor.practice.patches.errors import Obj, bad_request
from tutor.practice.schema.parsing import json_kind


def apply(obj: Obj, patch: Any) -> Obj:
    """Return an object with a patch merged in; neither is changed. Raises PatchError if the patch is no object."""
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    if not isinstance(patch, dict):
        kind = json_kind(patch)
        raise bad_request(
            f"error decoding patch: json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        )
    return _merged(copy.deepcopy(obj), copy.deepcopy(patch))


def _merged(target: Any, patch: Obj) -> Obj:
    result: Obj = target if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value) if isinstance(value, dict) else value
    return result
