"""ConfigMaps, Secrets and ServiceAccounts.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import base64

from tutor.practice.api.causes import forbidden, invalid, required, too_long
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
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


class ConfigMaps(Strategy):
    """The rules of ConfigMaps."""

    has_status = False
    counts_generations = False

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the keys and the size."""
        found: list[Cause] = []
        size = 0
        texts, binaries = obj.get("data") or {}, obj.get("binaryData") or {}
        for key, value in texts.items():
            found += faults(f"data[{key}]", key, key_faults(key))
            if key in binaries:
                found.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
            size += len(value.encode())
        for key, value in binaries.items():
            found += faults(f"binaryData[{key}]", key, key_faults(key))
            size += _size(value)
        if size > LARGEST:
            found.append(too_long("[]", LARGEST))
        return found

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that what is immutable stays as it is."""
        return [*_unchanged(new, old, "data", "binaryData"), *self.validate(new)]


class Secrets(Strategy):
    """The rules of Secrets."""

    has_status = False
    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Encode `stringData`, and set the type."""
        texts = obj.pop("stringData", None) or {}
        if texts:
            encoded = {key: base64.b64encode(value.encode()).decode() for key, value in texts.items()}
            obj["data"] = {**(obj.get("data") or {}), **encoded}
        obj["type"] = obj.get("type") or "Opaque"

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the keys, the size, and what a type needs."""
        return list(_secret(obj))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the type, and what is immutable, stay as they are."""
        found = [] if new["type"] == old["type"] else [invalid("type", new["type"], "field is immutable")]
        return [*found, *_unchanged(new, old, "data"), *self.validate(new)]


class ServiceAccounts(Strategy):
    """The rules of ServiceAccounts."""

    has_status = False
    counts_generations = False


def _secret(obj: Obj) -> Causes:
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


def _unchanged(new: Obj, old: Obj, *keys: str) -> Causes:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _IMMUTABLE)
    for key in keys:
        if (new.get(key) or {}) != (old.get(key) or {}):
            yield forbidden(key, _IMMUTABLE)
