"""How Go prints values and names their types: the API server's messages are full of it."""

from __future__ import annotations

import json
from typing import Any


def go_type(value: Any) -> str:
    """Return the Go type of a decoded JSON value, as `%T` prints it."""
    names = {dict: "map[string]interface {}", list: "[]interface {}", str: "string", bool: "bool", int: "int64"}
    return names.get(value.__class__, "float64" if isinstance(value, float) else "%!s(<nil>)")


def go_value(value: Any) -> str:
    """Return a value as Go's `%v` prints it: `map[image:nginx name:web]`."""
    match value:
        case dict():
            return f"map[{' '.join(f'{key}:{go_value(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(go_value(each) for each in value)}]"
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case _:
            return str(value)


def go_syntax(value: Any) -> str:
    """Return a value as Go's `%#v` prints it: `map[string]interface {}{"name":"web"}`."""
    match value:
        case dict():
            inner = ", ".join(f"{json.dumps(key)}:{go_syntax(value[key])}" for key in sorted(value))
            return f"map[string]interface {{}}{{{inner}}}"
        case list():
            return f"[]interface {{}}{{{', '.join(go_syntax(each) for each in value)}}}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return go_value(value)
