"""`x-kubernetes-validations`: rules in CEL.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tutor.practice.admission.cel import CelError, evaluate
from tutor.practice.api.causes import forbidden, invalid, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.custom import values


def has_rules(schema: Any) -> bool:
    """Tell whether there are rules anywhere in a schema."""
    if not isinstance(schema, Mapping):
        return False
    inner = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return bool(schema.get("x-kubernetes-validations")) or any(map(has_rules, inner))


def broken_rules(value: Any, schema: values.Schema, path: str, old: Any) -> Iterator[Cause]:
    """Yield the rules that a value breaks; those that do not look back are not asked about what stays as it was."""
    kind = schema.get("type", "")
    for rule in schema.get("x-kubernetes-validations") or ():
        looks_back = re.search(r"\boldSelf\b", rule["rule"])
        if not looks_back and value == old:
            continue
        if looks_back and old is values.ABSENT and not rule.get("optionalOldSelf"):
            continue
        yield from _broken(rule, {"self": value, "oldSelf": None if old is values.ABSENT else old}, path, kind)
    for step, item, inner in values.children(value, schema):
        yield from broken_rules(item, inner, values.join(path, step), values.correlated(old, schema, step, item))


def _broken(rule: Obj, known: Mapping[str, Any], path: str, kind: str) -> Iterator[Cause]:
    text = rule["rule"].strip()
    message = (rule.get("message") or "").strip() or f"failed rule: {text}"
    try:
        if evaluate(rule["rule"], known) is True:
            return
    except CelError as error:
        message = f"{error} evaluating rule: {(rule.get('message') or '').strip() or text}"
        yield Cause(path or "<nil>", "FieldValueInvalid", f'Invalid value: "{kind}": {message}')
        return
    if expression := rule.get("messageExpression"):
        message = _said(expression, known) or message
    path = (path + (rule.get("fieldPath") or "")).removeprefix(".") or "<nil>"
    match rule.get("reason"):
        case "FieldValueForbidden":
            yield forbidden(path, message)
        case "FieldValueRequired":
            yield required(path, message)
        case "FieldValueDuplicate":
            yield Cause(path, "FieldValueDuplicate", f"Duplicate value: {message}")
        case _ if isinstance(known["self"], dict | list):  # which may be long
            yield Cause(path, "FieldValueInvalid", f"Invalid value: {message}")
        case _:
            yield invalid(path, known["self"], message)


def _said(expression: str, known: Mapping[str, Any]) -> str:
    try:
        text = evaluate(expression, known)
    except CelError:
        return ""
    return text.strip() if isinstance(text, str) and "\n" not in text.strip() else ""
