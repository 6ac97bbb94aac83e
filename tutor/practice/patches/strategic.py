"""Strategic merge patches: lists are merged by the keys that the types name, with directives for the rest.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#use-a-strategic-merge-patch-to-update-a-deployment-using-the-retainkeys-strategy
"""

from __future__ import annotations

import copy
from typing import Any

from tutor.practice.patches.errors import Obj, PatchError, bad_request, unforeseen, unprocessable
from tutor.practice.patches.golang import go_type, go_value
from tutor.practice.schema.definitions import Type
from tutor.practice.schema.parsing import json_kind

PATCH = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_FROM = "$deleteFromPrimitiveList"
ORDER = "$setElementOrder"


def apply(obj: Obj, patch: Any, type: Type) -> Obj:
    """Return an object with a patch merged in; neither is changed.

    Raises PatchError where directives are malformed, or an item of a merged list lacks its key.
    """
    if patch is None:
        return obj
    if not isinstance(patch, dict):
        raise bad_request(f"json: cannot unmarshal {json_kind(patch)} into Go value of type map[string]interface {{}}")
    return _merge_map(copy.deepcopy(obj), copy.deepcopy(patch), type)


def _merge_map(original: Obj, patch: Obj, type: Type | None) -> Obj:
    match patch.pop(PATCH, None):
        case None:
            pass
        case "replace":
            return patch
        case "delete":
            return {}
        case directive:
            raise _unknown_directive(directive, patch)
    _retain_keys(original, patch)
    _merge_ordered(original, patch, type)
    for key, value in patch.items():
        deletes, field = _split(key, DELETE_FROM, "primitive list")
        if value is None:
            original.pop(field, None)
        elif field not in original or go_type(original[field]) != go_type(value):
            if not deletes and not _is_directive(value):
                original[field] = _clean(value)
        elif isinstance(value, dict):
            strategy, _, items = _lookup(type, field)
            original[field] = value if strategy == "replace" else _merge_map(original[field], value, items)
        elif isinstance(value, list):
            strategy, merge_key, items = _lookup(type, field)
            if deletes:
                original[field] = [each for each in original[field] if each not in value]
            elif strategy == "merge":
                original[field] = _merge_list(original[field], value, merge_key, items)
            else:
                original[field] = value
        else:
            original[field] = value
    return original


def _retain_keys(original: Obj, patch: Obj) -> None:
    """Drop all fields that `$retainKeys` does not name; all that the patch sets must be named."""
    if RETAIN_KEYS not in patch:
        return
    retained = patch.pop(RETAIN_KEYS)
    malformed = bad_request("invalid patch format of retainKeys")
    if not isinstance(retained, list):
        raise malformed
    for key, value in patch.items():
        if value is not None and not key.startswith((DELETE_FROM, ORDER)) and key not in retained:
            raise malformed
    for key in [key for key in original if key not in retained]:
        del original[key]


def _merge_ordered(original: Obj, patch: Obj, type: Type | None) -> None:
    """Merge the lists whose order the patch gives by `$setElementOrder`."""
    for key in [key for key in patch if key.startswith(ORDER)]:
        order = patch.pop(key)
        _, field = _split(key, ORDER, "setElementOrder list")
        strategy, merge_key, items = _lookup(type, field)
        for value in (order, original.get(field, []), patch.get(field, [])):
            if not isinstance(value, list):
                raise unforeseen(f"expected a []interface {{}}, but received a {go_type(value)}")
        before, changes = original.get(field), patch.pop(field, None)
        _check_order(changes or [], order, merge_key)
        if before is None and changes is None:
            continue
        if before is None:
            merged = _clean(changes)
        elif changes is None:
            merged = before
        elif strategy == "merge":
            merged = _merge_list(before, changes, merge_key, items)
            before = _reused(before, changes, merge_key) if merge_key else before
        else:
            merged = changes
        _element_kind(before or [], changes or [])
        original[field] = _in_order(merged, order, before or [], merge_key)


def _check_order(changes: list[Any], order: list[Any], merge_key: str) -> None:
    """The patch's items must stand in the order that it gives."""
    positions = iter(order)
    for each in changes if order else ():
        if not _is_directive(each) and not any(_same(each, other, merge_key) for other in positions):
            raise unforeseen(
                f"The order in patch list:\n{go_value(changes)}\n doesn't match {ORDER} list:\n{go_value(order)}\n"
            )


def _merge_list(original: list[Any], patch: list[Any], merge_key: str, items: Type | None) -> list[Any]:
    if not original and not patch:
        return original
    if _element_kind(original, patch) != "map[string]interface {}":
        both = [*original, *patch]
        merged = [each for n, each in enumerate(both) if each not in both[:n]]
        return _in_order(merged, patch, original, "")
    if not merge_key:
        raise unforeseen(f"cannot merge lists without merge key for {'struct' if items else 'map'}")
    original, patch = _special_items(original, patch, merge_key)
    merged = list(original)
    for change in patch:
        key = _key(change, merge_key)
        found = next((n for n, each in enumerate(merged) if merge_key in each and each[merge_key] == key), None)
        if found is None:
            # Nulls and directives inside of a new item are the decoder's to drop.
            merged.append(change)
        else:
            merged[found] = _merge_map(merged[found], change, items)
    return _in_order(merged, patch, original, merge_key)


def _special_items(original: list[Any], patch: list[Any], merge_key: str) -> tuple[list[Any], list[Any]]:
    """Carry out the items that are directives; return what is left of the list, and the other items."""
    others, replace = [], False
    for change in patch:
        match change.get(PATCH):
            case None:
                others.append(change)
            case "delete":
                key = _key(change, merge_key)
                original = [each for each in original if merge_key not in each or each[merge_key] != key]
            case "replace":
                replace = True
            case "merge":
                raise unforeseen("merging lists cannot yet be specified in the patch")
            case directive:
                raise _unknown_directive(directive, change)
    return (others, []) if replace else (original, others)


def _reused(before: list[Any], changes: list[Any], merge_key: str) -> list[Any]:
    """Return the earlier order as upstream comes to see it: new items stand in the memory of deleted ones."""
    deleted = [each[merge_key] for each in changes if each.get(PATCH) == "delete"]
    kept = [each for each in before if each.get(merge_key) not in deleted]
    keys = [each.get(merge_key) for each in kept]
    new = [each for each in changes if PATCH not in each and each[merge_key] not in keys]
    return kept + new[: len(before) - len(kept)]


def _in_order(merged: list[Any], order: list[Any], before: list[Any], merge_key: str) -> list[Any]:
    """Sort a merged list: the patch's items as it orders them, between them the others as they were before."""
    ordered = [_identity(each, merge_key) for each in order]
    earlier = [_identity(each, merge_key) for each in before]
    patched = [each for each in merged if _identity(each, merge_key, strict=True) in ordered]
    others = [each for each in merged if _identity(each, merge_key) not in ordered]
    patched.sort(key=lambda each: ordered.index(_identity(each, merge_key)))
    others.sort(key=lambda each: earlier.index(key) if (key := _identity(each, merge_key)) in earlier else -1)
    result = []
    while patched and others:
        left, right = _identity(others[0], merge_key), _identity(patched[0], merge_key)
        first = left in earlier and right in earlier and earlier.index(left) < earlier.index(right)
        result.append((others if first else patched).pop(0))
    return result + patched + others


def _identity(item: Any, merge_key: str, strict: bool = False) -> Any:
    if not merge_key:
        return item
    return _key(item, merge_key) if strict else item.get(merge_key)


def _same(left: Any, right: Any, merge_key: str) -> bool:
    return bool(_identity(left, merge_key, strict=True) == _identity(right, merge_key, strict=True))


def _key(item: Any, merge_key: str) -> Any:
    if not isinstance(item, dict):
        raise unforeseen(f"expected a map[string]interface {{}}, but received a {go_type(item)}")
    if merge_key not in item:
        raise unforeseen(f"map: {go_value(item)} does not contain declared merge key: {merge_key}")
    return item[merge_key]


def _lookup(type: Type | None, field: str) -> tuple[str, str, Type | None]:
    """Return strategy, merge key and the type of the value (or of a list's items) of a field."""
    if type is not None and type.kind == "map":
        return "", "", type.items
    if type is None or field not in type.fields:
        struct = type.name.rpartition(".")[2] if type else ""
        raise unforeseen(f'unable to find api field in struct {struct} for the json field "{field}"')
    found = type.fields[field]
    strategy = next((each for each in found.patch_strategies if each != "retainKeys"), "")
    return strategy, found.merge_key, found.type.items if found.type.kind == "array" else found.type


def _split(key: str, prefix: str, what: str) -> tuple[bool, str]:
    """Return whether a key is the directive `prefix`, and the field that it is about."""
    if not key.startswith(prefix):
        return False, key
    directive, slash, field = key.partition("/")
    if not slash or directive != prefix:
        raise bad_request(f"invalid patch format of {what}")
    return True, field


def _clean(value: Any) -> Any:
    """Return a new value without its nulls and directives; null items of a list stay."""
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items() if each is not None and not _is_directive(each)}
    if isinstance(value, list):
        return [_clean(each) for each in value if not _is_directive(each)]
    return value


def _is_directive(value: Any) -> bool:
    return isinstance(value, dict) and PATCH in value


def _element_kind(original: list[Any], patch: list[Any]) -> str:
    kinds = [go_type(each) for each in (*original, *patch)]
    if not kinds:
        raise unforeseen("no elements in any of the given slices")
    if kinds[0] == "[]interface {}":
        raise unprocessable()
    if len(set(kinds)) > 1:
        raise unforeseen(f"list element types are not identical: {go_value([original, patch])}")
    return kinds[0]


def _unknown_directive(directive: Any, within: Obj) -> PatchError:
    return unforeseen(f"unknown patch type: {directive} in map: {go_value({PATCH: directive, **within})}")
