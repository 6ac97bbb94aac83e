"""Checks of single fields that many kinds share, in the API server's words.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import orjson

from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import LABEL_VALUE, VALUE_TEXT, name_faults, qualified_faults, validate_labels
from tutor.practice.schema import gotypes

Causes: TypeAlias = Iterator[Cause]
NEGATIVE = "must be greater than or equal to 0"
_PERCENT_TEXT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_ENV_TEXT = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_ZERO: dict[str, Any] = {"string": "", "bool": False, "int32": 0, "int64": 0}
_ACRONYM = re.compile("(api|gce|aws|nfs|iscsi|rbd|fc|csi|dns|http|tcp|grpc|tty|os|fs|ip)(?=[A-Z]|$)")
_NAMES = {
    "cephfs": "CephFS",
    "seLinuxOptions": "SELinuxOptions",
    "seLinuxChangePolicy": "SELinuxChangePolicy",
    "serviceAccount": "DeprecatedServiceAccount",
    "storageos": "StorageOS",
}
_LATER = {
    **dict.fromkeys(
        ("ConfigMapVolumeSource", "DownwardAPIVolumeSource", "ProjectedVolumeSource", "SecretVolumeSource"),
        ("DefaultUser",),
    ),
    "EmptyDirVolumeSource": ("Mode",),
    "HTTPGetAction": ("Protocol",),
    "KeyToPath": ("User",),
    "ServiceAccountTokenProjection": ("User",),
    "DownwardAPIVolumeFile": ("User",),
    "PersistentVolumeClaimStatus": ("HealthStatus",),
    "PodSpec": ("EvictionResponders",),
    "VolumeMount": ("BindMountOptions",),
}
"""Fields that the table of Go's types does not know yet."""
LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def items(obj: Obj, path: str, key: str) -> Iterator[tuple[str, Any]]:
    """Yield the paths and the items of a list at `key`; none where it is missing."""
    for index, each in enumerate(obj.get(key) or []):
        yield f"{path}.{key}[{index}]", each


def at_least(obj: Obj, path: str, *keys: str, minimum: int = 0) -> Causes:
    """Check that the numbers at `keys`, where they are given, are not below `minimum`."""
    for key in keys:
        if obj.get(key) is not None and obj[key] < minimum:
            yield invalid(f"{path}.{key}", obj[key], f"must be greater than or equal to {minimum}")


def between(obj: Obj, path: str, *keys: str, low: int, high: int = 2**31 - 1) -> Causes:
    """Check that the numbers at `keys`, where they are given, are within bounds."""
    for key in keys:
        if obj.get(key) is not None and not low <= obj[key] <= high:
            yield invalid(f"{path}.{key}", obj[key], f"must be between {low} and {high}, inclusive")


def needed(obj: Obj, path: str, *keys: str, detail: str = "") -> Causes:
    """Check that the fields are there and not empty."""
    for key in keys:
        if not obj.get(key):
            yield required(f"{path}.{key}", detail)


def one_of(obj: Obj, path: str, key: str, supported: Sequence[str], *, optional: bool = True) -> Causes:
    """Check that the field, where it is given, has one of the supported values; they are named in that order."""
    value = obj.get(key)
    if value not in supported and not (optional and value is None):
        yield not_supported(f"{path}.{key}", value or "", supported)


def faults(path: str, value: Any, texts: Iterable[str]) -> Causes:
    """Make causes of texts about a value."""
    for text in texts:
        yield invalid(path, value, text)


def dns_name(obj: Obj, path: str, *keys: str, label: bool = False) -> Causes:
    """Check that the fields, where they are given, are DNS subdomains, or labels."""
    for key in keys:
        if obj.get(key):
            yield from faults(f"{path}.{key}", obj[key], name_faults(obj[key], label=label))


def port(path: str, value: str | int | None) -> Causes:
    """Check the number or the name of a port."""
    if isinstance(value, str):
        yield from faults(path, value, port_name_faults(value))
    elif not 1 <= (value or 0) <= 65535:
        yield invalid(path, value or 0, "must be between 1 and 65535, inclusive")


def port_name_faults(name: str) -> Iterator[str]:
    """Return what is wrong with a port's name (IANA_SVC_NAME)."""
    if len(name) > 15:
        yield "must be no more than 15 characters"
    if not re.fullmatch("[-a-z0-9]+", name):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        yield "must contain at least one letter (a-z)"
    if "--" in name:
        yield "must not contain consecutive hyphens"
    if name.startswith("-") or name.endswith("-"):
        yield "must not begin or end with a hyphen"


def env_name_faults(name: str) -> Iterator[str]:
    """Return what is wrong with the name of an environment variable."""
    if not re.fullmatch(r"[ -<>-~]+", name):
        yield _ENV_TEXT


def key_faults(key: str) -> Iterator[str]:
    """Return what is wrong with a key of a ConfigMap or Secret."""
    if len(key) > 253:
        yield "must be no more than 253 characters"
    if not re.fullmatch(r"[-._a-zA-Z0-9]+", key):
        yield _KEY_TEXT
    if key in (".", ".."):
        yield f"must not be '{key}'"
    elif key.startswith(".."):
        yield "must not start with '..'"


def ip_address(path: str, value: str) -> Causes:
    """Check an IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        yield invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def relative_path(path: str, value: str) -> Causes:
    """Check a path below a volume."""
    if value.startswith("/"):
        yield invalid(path, value, "must be a relative path")
    yield from no_backsteps(path, value)


def no_backsteps(path: str, value: str) -> Causes:
    """Check that a path does not lead upwards."""
    if ".." in value.split("/"):
        yield invalid(path, value, "must not contain '..'")


def int_or_percent(obj: Obj, path: str, key: str) -> Causes:
    """Check a number, or a percentage up to 100 %."""
    value = obj.get(key)
    if isinstance(value, str):
        if not re.fullmatch("[0-9]+%", value):
            yield invalid(f"{path}.{key}", value, _PERCENT_TEXT)
        elif int(value[:-1]) > 100:
            yield invalid(f"{path}.{key}", value, "must not be greater than 100%")
    else:
        yield from at_least(obj, path, key)


def is_zero(value: str | int | None) -> bool:
    """Tell whether a number or percentage is zero, missing, or no such thing at all."""
    return not re.fullmatch("-?[0-9]+%?", str(value)) or int(str(value).removesuffix("%")) == 0


def label_selector(selector: Obj, path: str) -> Causes:
    """Check a LabelSelector."""
    yield from validate_labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")
    yield from requirements(selector.get("matchExpressions") or [], f"{path}.matchExpressions", LABEL_OPERATORS)


def requirements(expressions: Sequence[Obj], path: str, operators: Container[str]) -> Causes:
    """Check the expressions of a selector of labels, or of nodes with `Gt` and `Lt` among the operators."""
    for index, each in enumerate(expressions):
        at, operator, values = f"{path}[{index}]", each.get("operator") or "", each.get("values") or []
        if operator not in operators:
            yield invalid(f"{at}.operator", operator, "not a valid selector operator")
        elif operator in ("In", "NotIn") and not values:
            yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist") and values:
            yield forbidden(f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        elif operator in ("Gt", "Lt") and len(values) != 1:
            yield required(f"{at}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
        yield from faults(f"{at}.key", each.get("key") or "", qualified_faults(each.get("key") or ""))
        for number, value in enumerate(values):
            if operator not in ("Gt", "Lt"):
                yield from label_value(f"{at}.values[{number}]", value)


def label_value(path: str, value: str) -> Causes:
    """Check the value of a label."""
    if len(value) > 63:
        yield invalid(path, value, "must be no more than 63 bytes")
    if not LABEL_VALUE.fullmatch(value):
        yield invalid(path, value, VALUE_TEXT)


def invalid_struct(path: str, value: Any, struct: str, detail: str) -> Cause:
    """`Invalid value: {"Type":"x","RollingUpdate":null}: detail`."""
    return Cause(path, "FieldValueInvalid", f"Invalid value: {struct_text(value, struct)}: {detail}")


def struct_text(value: Any, struct: str) -> str:
    """Return an object as the API server shows it: its Go struct, the names of its fields those of Go."""
    return orjson.dumps(go_struct(value, struct)).decode()


def struct_diff(old: Any, new: Any, struct: str) -> str:
    """Return what changes in a Go struct, as the API server's answers tell it."""
    before, after = (
        json.dumps(go_struct(each, struct), indent=1, ensure_ascii=False).splitlines() for each in (old, new)
    )
    return "".join(f"{line}\n" for line in [*difflib.unified_diff(before, after, lineterm="")][2:])


def unchanged(new: Obj, old: Obj, path: str, struct: str, *keys: str) -> Causes:
    """Check that fields of a struct stay as they are."""
    types = gotypes.fields(struct)
    for key in keys:
        if new.get(key) != old.get(key):
            yield invalid_struct(f"{path}.{key}" if path else key, new.get(key), types[key].type, "field is immutable")


def go_struct(value: Any, kind: str) -> Any:
    """Return a value with the names that the server's own Go types have, and all fields of these."""
    base = gotypes.underlying(kind.removeprefix("*"))
    if base.startswith("[]"):
        return [go_struct(each, base[2:]) for each in value] if value else value
    if base.startswith("map["):
        return dict(sorted(value.items())) if value else None
    if value is None and kind.startswith("*"):
        return None
    fields = gotypes.own_fields(base)
    if base.startswith("io.k8s.apimachinery"):
        if not isinstance(value, dict) or base.endswith(".RawExtension"):  # an IntOrString is no dict
            return value
        known = gotypes.fields(base)
        return {name: go_struct(value[name], known[name].type) for name in known if name in value}
    if not fields:
        return _ZERO.get(gotypes.underlying(base)) if value is None else value
    shown: Obj = {}
    for field in fields:
        if field.name == "metadata" or not field.name:  # embedded
            embedded = (value or {}).get("metadata") or {} if field.name else value
            shown |= {} if field.type.endswith(".TypeMeta") else go_struct(embedded, field.type)
        else:
            shown[_go_name(field.name)] = go_struct((value or {}).get(field.name), field.type)
    return shown | dict.fromkeys(_LATER.get(base.rpartition(".")[2], ()))


def _go_name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    return _ACRONYM.sub(lambda match: match[0].upper(), name) if _ACRONYM.match(name) else name[:1].upper() + name[1:]
