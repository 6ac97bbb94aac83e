"""Reading JSON and YAML bodies, with the words of Go's parsers for what is wrong with them."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from tutor.practice.api.errors import ApiError, Obj, bad_request

_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_SHOWN = 30
"""Bytes of a body that a refusal shows."""


class Repeating(dict[str, Any]):
    """A mapping that had fields twice; the last of each counts."""

    repeated: tuple[str, ...] = ()
    error: str = ""
    """What YAML's parser said of it."""


def parse_json(body: bytes) -> Obj:
    """Return the object in a JSON body. Raises ValueError, in Kubernetes' words, for what is none."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text, object_pairs_hook=_mapping, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"couldn't get version/kind; json parse error: {_syntax_error(text, error)}") from error
    except RecursionError as error:
        raise ValueError("couldn't get version/kind; json parse error: exceeded max depth") from error
    return _object(found)


def parse_yaml(body: bytes) -> Obj:
    """Return the object in a YAML (or JSON) body. Raises ValueError, in Kubernetes' words, for what is none."""
    try:
        # Only the first document counts.
        found = next(iter(yaml.load_all(body.decode(errors="replace"), _Loader)), None)
    except yaml.MarkedYAMLError as error:
        raise ValueError(_yaml_error(error)) from error
    except yaml.YAMLError as error:
        raise ValueError(f"yaml: {error}") from error
    except RecursionError as error:
        raise ValueError("yaml: exceeded max depth") from error
    return _object(found)


def parse_patch(body: bytes) -> Any:
    """Return what a JSON, merge or strategic merge patch says. Raises ValueError, in Kubernetes' words."""
    try:
        return json.loads(body.decode(errors="replace"), object_pairs_hook=_mapping, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError("invalid JSON patch") from error


def unrecognized(kind: str, error: ValueError, body: bytes) -> ApiError:
    """Return the refusal of a body that could not be read as the object of a kind."""
    text = body[:_SHOWN].decode(errors="replace") if body.startswith(b"{") else body[:_SHOWN].hex()
    shown = (text + " ..." if len(body) > _SHOWN else text) or "<empty>"
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {error} ({shown})")


def _object(found: Any) -> Obj:
    if found is None:
        return {}
    if not isinstance(found, dict):
        problem = f"json: cannot unmarshal {json_kind(found)} into Go value of type {_META}"
        raise ValueError(f"couldn't get version/kind; json parse error: {problem}")
    for name in ("apiVersion", "kind"):
        if not isinstance(found.get(name) or "", str):
            problem = f"json: cannot unmarshal {json_kind(found[name])} into Go struct field .{name} of type string"
            raise ValueError(f"couldn't get version/kind; json parse error: {problem}")
    if (found.get("apiVersion") or "").count("/") > 1:
        raise ValueError(f"unexpected GroupVersion string: {found['apiVersion']}")
    return found


def json_kind(value: Any) -> str:
    """Return what Go's messages call a value: `string`, `number`, `bool`, `array`, `object`."""
    names = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    return names.get(type(value), "object")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating, seen, twice = Repeating(found), set(), []
    for name, _ in pairs:
        if name in seen:
            twice.append(name)
        seen.add(name)
    repeating.repeated = tuple(twice)
    return repeating


def _constant(text: str) -> Any:
    problem = f"invalid character '{text[0]}' looking for beginning of value"
    raise ValueError(f"couldn't get version/kind; json parse error: {problem}")


def _syntax_error(text: str, error: json.JSONDecodeError) -> str:
    """Say what is wrong as Go's scanner says it."""
    position, words = error.pos, error.msg
    if words.startswith("Invalid \\escape"):
        position += 1
    if words.startswith("Unterminated") or not text[position:].strip():
        return "unexpected end of JSON input"
    if words.startswith("Illegal trailing comma"):
        position += len(text[position + 1 :]) - len(text[position + 1 :].lstrip()) + 1
    character = text[position]
    places = {
        "Expecting property name": "looking for beginning of object key string",
        "Illegal trailing comma": "looking for beginning of object key string",
        "Expecting ':'": "after object key",
        "Extra data": "after top-level value",
        "Invalid control character": "in string literal",
        "Invalid \\escape": "in string escape code",
        "Invalid \\uXXXX": "in \\u hexadecimal character escape",
        "Expecting ','": f"after {'object key:value pair' if _in_object(text[:position]) else 'array element'}",
    }
    place = next(
        (place for start, place in places.items() if words.startswith(start)), "looking for beginning of value"
    )
    for literal in ("true", "false", "null"):
        if words.startswith("Expecting value") and character == literal[0]:
            same = next(
                i for i in range(len(literal) + 1) if text[position + i : position + i + 1] != literal[i : i + 1]
            )
            if position + same >= len(text):
                return "unexpected end of JSON input"
            character = text[position + same]
            place = f"in literal {literal} (expecting '{literal[same]}')"
    quoted = {"'": "'\\''", '"': "'\"'"}.get(character) or repr(character)
    return f"invalid character {quoted} {place}"


def _yaml_error(error: yaml.MarkedYAMLError) -> str:
    """Say what is wrong as Go's parser says it: from 1 for its scanner only; the first has no number."""
    marks = (error.context_mark, error.problem_mark)
    line = next((mark.line for mark in marks if mark and mark.line), 0)
    line += isinstance(error, yaml.scanner.ScannerError) and line > 0
    problem = (error.problem or "").replace("not allowed here", "not allowed in this context")
    return f"yaml: line {line}: {problem}" if line else f"yaml: {problem}"


def _in_object(text: str) -> bool:
    """Tell whether the innermost bracket that is open is an object's."""
    opened: list[str] = []
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            opened.append(character)
        elif character in "}]" and opened:
            opened.pop()
    return opened[-1:] == ["{"]


class _Loader(yaml.CSafeLoader):
    """YAML as Go's parser reads it: `y` is true, times and `1:30` are text, keys given twice are noticed."""


_TAG = "tag:yaml.org,2002:"
_OTHERWISE = {
    _TAG + "bool": (r"[yYnN]$", "yYnN"),
    _TAG + "int": (r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$", "-+0123456789"),
    _TAG + "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+.0123456789"),
}
_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] not in (_TAG + "timestamp", _TAG + "int", _TAG + "float")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
for _tag, (_pattern, _first) in _OTHERWISE.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))
_Loader.bool_values = {**yaml.CSafeLoader.bool_values, "y": True, "n": False}


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    loader.flatten_mapping(node)
    pairs = [
        (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
        for key, value in node.value
    ]
    found = {_key(key): value for key, value in pairs}
    names = [_key(loader.construct_object(key, deep=True)) for key in own]
    again = [(name, own[i].start_mark.line + 1) for i, name in enumerate(names) if name in names[:i]]
    if not again:
        return found
    repeating = Repeating(found)
    repeating.error = "".join(f'\n  line {line}: key "{name}" already set in map' for name, line in again)
    return repeating


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return key if isinstance(key, str) else str(key)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
