"""JSON patches, RFC 6902.

https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
"""

from __future__ import annotations

from typing import Any, cast

import jsonpatch

from tutor.practice.patches.errors import Obj, PatchError, bad_request, unprocessable
from tutor.practice.patches.golang import json_type

MAX_OPERATIONS = 10_000


def apply(obj: Obj, patch: Any) -> Obj:
    """Return what the operations of a decoded patch make of an object, which stays as it is.

    Raises PatchError where the patch is malformed, an operation fails, or a test does not hold.
    """
    if not isinstance(patch, list):
        raise _not_decoded(patch, "[]handlers.jsonPatchOp")
    for operation in patch:
        if not isinstance(operation, dict):
            raise _not_decoded(operation, "handlers.jsonPatchOp")
    if len(patch) > MAX_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(patch)}"
        raise PatchError(f"Request entity too large: {message}", 413, "RequestEntityTooLarge")
    try:
        patched = jsonpatch.apply_patch(obj, patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, ValueError, LookupError) as error:
        raise unprocessable() from error
    if not isinstance(patched, dict):
        raise unprocessable()
    return cast(Obj, patched)


def _not_decoded(value: Any, wanted: str) -> PatchError:
    return bad_request(
        f"error decoding patch: json: cannot unmarshal {json_type(value)} into Go value of type {wanted}"
    )
