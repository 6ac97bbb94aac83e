"""ConfigMaps, Secrets and ServiceAccounts.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import base64

from tutor.practice.api.causes import forbidden, invalid, required, too_long
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, faults, key_faults
from tutor.practice.schema import parsing

LARGEST = 1024 * 1024
"""Bytes of all values."""
_IMMUTABLE = "field is immutable when `immutable` is set"
_NEEDED = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_NO_JSON = "couldn't get version/kind; json parse error: "
_BASIC = ("username", "password")
_ACCOUNT = "kubernetes.io/service-account.name"


def config_map(obj: Obj) -> Causes:
    """Check the keys of a ConfigMap and its size."""
    texts, binaries = obj.get("data") or {}, obj.get("binaryData") or {}
    for key in texts:
        yield from faults(f"data[{key}]", key, key_faults(key))
        if key in binaries:
            yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    for key in binaries:
        yield from faults(f"binaryData[{key}]", key, key_faults(key))
    if sum(len(value.encode()) for value in texts.values()) + sum(map(_size, binaries.values())) > LARGEST:
        yield too_long("[]", LARGEST)


def encode(obj: Obj) -> None:
    """Encode a Secret's `stringData`."""
    texts = obj.pop("stringData", None) or {}
    if texts:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def secret(obj: Obj) -> Causes:
    """Check the keys of a Secret, its size, and what its type needs."""
    data, kind = obj.get("data") or {}, obj.get("type") or ""
    for key in data:
        yield from faults(f"data[{key}]", key, key_faults(key))
    if sum(map(_size, data.values())) > LARGEST:
        yield too_long("data", LARGEST)
    if kind == "kubernetes.io/service-account-token":
        if not (obj["metadata"].get("annotations") or {}).get(_ACCOUNT):
            yield required(f"metadata.annotations[{_ACCOUNT}]")
    elif kind == "kubernetes.io/basic-auth" and not any(key in data for key in _BASIC):
        yield from (required(f"data[{key}]") for key in _BASIC)
    for key in _NEEDED.get(kind, ()):
        if key not in data or (kind == "kubernetes.io/ssh-auth" and not data[key]):
            yield required(f"data[{key}]")
        elif key in (".dockercfg", ".dockerconfigjson"):
            try:
                parsing.parse_json(base64.b64decode(data[key] or ""))
            except ValueError as error:
                yield invalid(f"data[{key}]", "<secret contents redacted>", str(error).removeprefix(_NO_JSON))


def _size(encoded: str | None) -> int:
    return len(base64.b64decode(encoded or ""))


def unchanged(new: Obj, old: Obj) -> Causes:
    """Check that a Secret's type, and what is immutable, stay as they are."""
    if new.get("type") != old.get("type"):
        yield invalid("type", new["type"], "field is immutable")
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _IMMUTABLE)
    for key in ("data", "binaryData"):
        if (new.get(key) or {}) != (old.get(key) or {}):
            yield forbidden(key, _IMMUTABLE)
