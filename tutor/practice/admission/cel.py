"""CEL expressions, with the functions that Kubernetes adds.

https://kubernetes.io/docs/reference/using-api/cel/
The library is imported at the first expression only: most clusters have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from tutor.practice.schema.quantity import canonical, parse

Functions = dict[str, Callable[..., Any]]
MARK = "~quantity"
"""The key that makes a map a quantity: the library carries only JSON values."""
_LITERAL = re.compile(r"""(r?"(?:\\.|[^"\\])*"|r?'(?:\\.|[^'\\])*')""")
_SPACED = re.compile(r"\b(sets|math)\.(\w+)\(")
_OPTIONAL = re.compile(r"\.\?\s*(\w+)")
_CHAINED = re.compile(r"""(_select\("\w+"\))\.(?!_select|orValue|or\b|hasValue|value|optMap)(\w+)(?!\s*\(|\w)""")


class CelError(Exception):
    """An expression that cannot be read or evaluated, in the words of cel-go."""


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Return an expression's value; variables are JSON. Raises CelError."""
    import cel

    program = _compiled(expression)
    context = cel.Context(dict(variables), _functions())
    try:
        return program.execute(context)
    except KeyError as error:
        raise CelError(f"no such key: {error.args[0]}") from None
    except TypeError:
        raise CelError("no such overload") from None
    except IndexError as error:
        raise CelError(str(error)) from None
    except ZeroDivisionError:
        raise CelError("division by zero") from None
    except (RuntimeError, ValueError) as error:
        found = re.search(r"failed: \w+: (.*?)\. Check function", str(error))
        raise CelError(found[1] if found else str(error)) from None


def problem(expression: str, names: frozenset[str], wanted: str = "") -> str:
    """Return what is wrong with an expression that may use the variables `names`; empty where nothing is.

    `wanted` is the type of its value (`bool`, `string`); only that of constants is known before evaluation.
    """
    try:
        program = _compiled(expression)
    except CelError as error:
        return str(error)
    bare = _LITERAL.sub(lambda literal: " " * len(literal[0]), expression)
    local = set(re.findall(r"\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,", bare))
    texts = []
    for each in re.finditer(r"(\.\??\s*)?\b([A-Za-z_]\w*)(\s*\()?", bare):
        member, word, call = each.groups()
        known = _functions().keys() | _BUILT_IN if call else names | local | _NAMED
        if word in known or (member and not call):
            continue
        column = each.start(2) + 1 + (len(word) if call else 0)  # cel-go points at a call's parenthesis
        text = f"ERROR: <input>:1:{column}: undeclared reference to '{word}' (in container '')"
        texts.append(f"{text}\n | {expression}\n | {'.' * (column - 1)}^")
    if texts:
        return "compilation failed: " + "\n".join(texts)
    if wanted and not program.variables() and (found := _type_of(expression)) not in ("", wanted):
        return f"must evaluate to {wanted} but got {found}"
    return ""


def _type_of(expression: str) -> str:
    try:
        return _TYPES.get(type(evaluate(expression, {})), "")
    except CelError:
        return ""


_TYPES = {bool: "bool", int: "int", float: "double", str: "string", list: "list(dyn)", dict: "map(dyn, dyn)"}
_NAMED = frozenset(
    (
        *("true", "false", "null", "in", "int", "uint", "double", "bool", "string", "bytes", "list", "map", "type"),
        *("null_type", "optional", "sets", "math"),
    )
)
"""Names that need no declaration."""
_BUILT_IN = _NAMED | frozenset(
    (
        *("dyn", "size", "has", "all", "exists", "exists_one", "filter", "contains", "startsWith", "endsWith"),
        *("matches", "duration", "timestamp", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
        *("getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "of", "none"),
        *("ofNonZeroValue", "orValue", "or", "hasValue", "value", "optMap", "optFlatMap", "group", "resource"),
        *("subresource", "namespace", "name", "path", "serviceAccount", "fieldSelector", "labelSelector", "check"),
        *("allowed", "reason", "errored", "error", "equivalent", "intersects", "greatest", "least"),
    )
)
"""Functions and macros of CEL itself, and of the `authorizer`."""


@cache
def _compiled(expression: str) -> Any:
    import cel

    try:
        return cel.compile(_rewritten(expression))
    except ValueError as error:
        text = str(error)
        start = text.find("ERROR:")
        raise CelError("compilation failed: " + text[max(start, 0) :].replace("\n|", "\n |")) from None


def _rewritten(expression: str) -> str:
    """Return the expression with optional selections and names with dots, which the library cannot read, as calls."""
    parts = _LITERAL.split(expression)
    for number in range(0, len(parts), 2):
        text = _SPACED.sub(r"_\1_\2(", parts[number])
        text = _OPTIONAL.sub(r'._select("\1")', text)
        while (chained := _CHAINED.sub(r'\1._select("\2")', text)) != text:
            text = chained
        parts[number] = text
    return re.sub(r"\[\?([^\]]*)\]", r"._select(\1)", "".join(parts)) if "[?" in expression else "".join(parts)


@cache
def _functions() -> Functions:
    return {**_strings(), **_lists(), **_quantities(), "_select": _select}


def _select(value: Any, key: Any) -> Any:
    import cel

    if isinstance(value, cel.OptionalValue):
        if not value.has_value():
            return value
        value = value.value()
    present = key in value if isinstance(value, dict) else isinstance(value, list) and 0 <= key < len(value)
    return cel.OptionalValue.of(value[key]) if present else cel.OptionalValue.none()


def _strings() -> Functions:
    return {
        "find": lambda text, pattern: found[0] if (found := re.search(pattern, text)) else "",
        "findAll": lambda text, pattern, *most: [each[0] for each in re.finditer(pattern, text)][
            : most[0] if most else None
        ],
        "split": lambda text, separator, *most: (
            text.split(separator, most[0] - 1 if most else -1) if separator else list(text)
        ),
        "join": lambda texts, separator="": separator.join(texts),
        "replace": lambda text, old, new, *most: text.replace(old, new, most[0] if most else -1),
        "lowerAscii": lambda text: text.lower(),
        "upperAscii": lambda text: text.upper(),
        "trim": lambda text: text.strip(),
        "substring": lambda text, start, *end: text[start : end[0] if end else None],
        "charAt": lambda text, position: text[position],
        "indexOf": _index_of,
        "lastIndexOf": lambda value, wanted: (
            value.rfind(wanted) if isinstance(value, str) else _last_index(value, wanted)
        ),
        "format": _format,
    }


def _lists() -> Functions:
    return {
        "isSorted": lambda values: all(left <= right for left, right in pairwise(values)),
        "sum": sum,
        "min": min,
        "max": max,
        "_math_greatest": lambda *values: max(values[0] if isinstance(values[0], list) else values),
        "_math_least": lambda *values: min(values[0] if isinstance(values[0], list) else values),
        "_sets_contains": lambda whole, part: all(each in whole for each in part),
        "_sets_intersects": lambda left, right: any(each in left for each in right),
        "_sets_equivalent": lambda left, right: all(x in right for x in left) and all(x in left for x in right),
    }


def _quantities() -> Functions:
    def number(value: Any) -> Fraction:
        return parse(value[MARK]).value if isinstance(value, dict) else Fraction(value)

    def made(value: Fraction) -> dict[str, str]:
        return {MARK: canonical(value)}

    return {
        "quantity": lambda text: made(parse(text).value),
        "isQuantity": _is_quantity,
        "isLessThan": lambda left, right: number(left) < number(right),
        "isGreaterThan": lambda left, right: number(left) > number(right),
        "compareTo": lambda left, right: (number(left) > number(right)) - (number(left) < number(right)),
        "sign": lambda value: (number(value) > 0) - (number(value) < 0),
        "add": lambda left, right: made(number(left) + number(right)),
        "sub": lambda left, right: made(number(left) - number(right)),
        "asInteger": lambda value: int(number(value)),
        "isInteger": lambda value: number(value).denominator == 1,
        "asApproximateFloat": lambda value: float(number(value)),
    }


def _is_quantity(text: str) -> bool:
    try:
        return bool(parse(text))
    except ValueError:
        return False


def _index_of(value: Any, wanted: Any, *start: int) -> int:
    if isinstance(value, str):
        return value.find(wanted, *start)
    return value.index(wanted) if wanted in value else -1


def _last_index(values: list[Any], wanted: Any) -> int:
    return max((number for number, value in enumerate(values) if value == wanted), default=-1)


def _format(text: str, values: list[Any]) -> str:
    rest = iter(values)
    return re.sub(r"%(%|[sdf])", lambda match: "%" if match[1] == "%" else _text(next(rest)), text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
