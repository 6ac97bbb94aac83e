"""The options in a query, refused in the API server's words: numbers, and what lists and watches must not combine.

https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tutor.practice.api import causes, errors
from tutor.practice.api.errors import ApiError

LARGEST, LARGEST_REVISION = 2**63 - 1, 2**64 - 1
LONGEST_MANAGER = 128
"""Bytes of a field manager's name."""
NEVER = ("0", "false")


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Tell whether a flag is set; anything but `0` and `false` sets it, the empty value too."""
    return name in query and query[name].lower() not in NEVER


def number(query: Mapping[str, str], name: str) -> int | None:
    """Return a whole number of the query, None where there is none. Raises ApiError (400)."""
    text = query.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[-+]?[0-9]+", text):
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not -LARGEST - 1 <= (value := _int(text)) <= LARGEST:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return value


def unreadable(revision: str) -> str:
    """Return what is wrong with a resourceVersion, empty where nothing is."""
    if revision and not re.fullmatch(r"[0-9]+", revision):
        return f'strconv.ParseUint: parsing "{revision}": invalid syntax'
    if revision and _int(revision) > LARGEST_REVISION:
        return f'strconv.ParseUint: parsing "{revision}": value out of range'
    return ""


def check_list(query: Mapping[str, str], *, watching: bool) -> None:
    """Refuse options of a list or a watch that do not fit together. Raises ApiError (400, 422)."""
    for name in ("limit", "timeoutSeconds"):
        number(query, name)
    match, revision = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    field, cause = "resourceVersionMatch", None
    if "sendInitialEvents" in query:
        if not watching:
            cause = causes.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
        elif match != "NotOlderThan":
            cause = causes.forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    elif match and watching:
        cause = causes.forbidden(
            field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        )
    elif match and query.get("continue"):
        cause = causes.forbidden(field, "resourceVersionMatch is forbidden when continue is provided")
    elif match and not revision:
        cause = causes.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    elif match and match not in ("Exact", "NotOlderThan"):
        supported = '"Exact", "NotOlderThan", ""'
        words = f'Unsupported value: "{match}": supported values: {supported}'
        cause = errors.Cause(field, "FieldValueNotSupported", words)
    elif match == "Exact" and revision == "0":
        cause = causes.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if cause:
        raise errors.invalid("ListOptions", "meta.k8s.io", "", [cause])


def check_revision(revision: str, current: int, *, exact: bool) -> None:
    """Refuse to list at a revision that is none, is past, or is yet to come. Raises ApiError (400, 410, 504)."""
    if problem := unreadable(revision):
        invalid = f'resourceVersion: Invalid value: "{revision}": {problem}'
        raise errors.bad_request(f"invalid resource version: {invalid}")
    if _int(revision or "0") > current:
        details = {
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }
        message = f"Timeout: Too large resource version: {revision}, current: {current}"
        raise ApiError(504, "Timeout", message, details)
    if exact and _int(revision) < current:
        raise errors.expired("The resourceVersion for the provided list is too old.")


def check_manager(manager: str, options: str) -> None:
    """Refuse a field manager whose name is too long. Raises ApiError (422)."""
    if len(manager.encode()) > LONGEST_MANAGER:
        cause = causes.too_long("fieldManager", LONGEST_MANAGER)
        raise errors.invalid(options, "meta.k8s.io", "", [cause])


def _int(text: str) -> int:
    """Return a number whose digits Python might find too many: beyond any limit is all that matters then."""
    return int(text[:40])
