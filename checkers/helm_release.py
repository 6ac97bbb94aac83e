"""Helm releases as Helm stores them: one Secret a revision, named `sh.helm.release.v1.NAME.vN`.

The release lies in the key `release`: JSON, packed by gzip, in base64, and once more in base64 as every
Secret's data. Source: https://helm.sh/docs/topics/advanced/#storage-backends
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

from checkers.words import say
from checkers.world import Kind, LookError, Obj, World

SECRET = Kind("v1", "Secret")
SECRET_TYPE = "helm.sh/release.v1"
PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})
"""States that Helm leaves again by itself. https://helm.sh/docs/helm/helm_status/"""


@dataclass(frozen=True)
class Release:
    """One revision of a release."""

    name: str
    namespace: str
    revision: int
    status: str
    description: str
    chart: str
    version: str
    app_version: str
    values: dict[str, Any]
    """What the user gave by `--set` and `--values`: `helm get values`."""
    defaults: dict[str, Any]
    """The chart's own `values.yaml`."""
    subcharts: frozenset[str] = frozenset()
    """Names under which values go to other charts."""

    @property
    def computed(self) -> dict[str, Any]:
        """The values that the templates saw: `helm get values --all`."""
        return merged(self.defaults, self.values)

    def view(self) -> dict[str, Any]:
        """Return what a check may ask about, by the names of its parameters."""
        return {
            "status": self.status,
            "revision": self.revision,
            "chart": self.chart,
            "version": self.version,
            "app_version": self.app_version,
            "description": self.description,
            "values": self.values,
            "computed": self.computed,
        }


def merged(defaults: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Lay `values` over `defaults` as Helm does: maps are merged, null takes a key away, all else replaces."""
    result = dict(defaults)
    for key, value in values.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def revisions(world: World, name: str, namespace: str | None) -> list[Release]:
    """Return the revisions of a release that Helm still keeps, the oldest first."""
    secrets = world.list(SECRET, namespace, f"owner=helm,name={name}")
    return sorted((decode(each) for each in secrets if _is_release(each)), key=lambda release: release.revision)


def names(world: World, namespace: str | None) -> dict[str, set[str]]:
    """Return the namespaces of all releases by their names, without opening them; `namespace` `*` is all."""
    found: dict[str, set[str]] = {}
    for secret in world.list(SECRET, namespace, "owner=helm"):
        meta = secret["metadata"]
        name = (meta.get("labels") or {}).get("name")
        if name and _is_release(secret):
            found.setdefault(str(name), set()).add(str(meta.get("namespace") or world.namespace))
    return found


def _is_release(secret: Obj) -> bool:
    return bool(secret.get("type") == SECRET_TYPE)


def decode(secret: Obj) -> Release:
    """Return the release in a Secret. Raises LookError when it is not readable."""
    meta = secret["metadata"]
    try:
        packed = base64.b64decode(base64.b64decode((secret.get("data") or {})["release"]))
        data = json.loads(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
        info, chart = data.get("info") or {}, data.get("chart") or {}
        about = chart.get("metadata") or {}
        return Release(
            name=str(data["name"]),
            namespace=str(data.get("namespace") or meta.get("namespace") or ""),
            revision=int(data["version"]),
            status=str(info.get("status") or "unknown"),
            description=str(info.get("description") or ""),
            chart=str(about.get("name") or ""),
            version=str(about.get("version") or ""),
            app_version=str(about.get("appVersion") or ""),
            values=_mapping(data.get("config")),
            defaults=_mapping(chart.get("values")),
            subcharts=frozenset(str(each.get("alias") or each["name"]) for each in about.get("dependencies") or []),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError, zlib.error, binascii.Error) as error:
        name = meta.get("name")
        raise LookError(
            say("The Secret {name} does not hold a release that can be read ({error}).", name=name, error=error),
            say("Look: kubectl get secret {name} -o yaml", name=name),
        ) from error


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
