"""Texts that many columns share: ages, selectors, images.

The ages follow `k8s.io/apimachinery/pkg/util/duration`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.clock import parse_stamp

NONE, UNSET, UNKNOWN = "<none>", "<unset>", "<unknown>"


def since(stamp: str | None, now: datetime) -> str:
    """Return how long ago `stamp` was, as kubectl shows ages."""
    return human((now - parse_stamp(stamp)).total_seconds()) if stamp else UNKNOWN


def until(stamp: str, now: datetime) -> str:
    """Return how long it is until `stamp`."""
    return human((parse_stamp(stamp) - now).total_seconds())


def age(obj: Obj, now: datetime) -> str:
    """Return the age of an object."""
    return since(obj["metadata"].get("creationTimestamp"), now)


def human(seconds: float) -> str:
    """Return a duration with two units at the most: `45s`, `3m20s`, `5h`, `2d3h`."""
    if seconds < -1:
        return "<invalid>"
    whole = max(int(seconds), 0)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 2920 else f"{days // 365}y"


def stamp_now() -> datetime:
    """Return the time that ages are counted from."""
    return datetime.now(UTC)


def labels(selector: Mapping[str, str] | None) -> str:
    """Return a plain map of labels, `<none>` for an empty one."""
    return ",".join(f"{key}={value}" for key, value in sorted((selector or {}).items())) or NONE


def listed(values: Iterable[Any], none: str = NONE) -> str:
    """Return values with commas between them."""
    return ",".join(str(value) for value in values) or none


def containers(spec: Obj) -> list[str]:
    """Return the two wide columns with the names and the images of a Pod's containers."""
    found = spec.get("containers") or []
    return [",".join(each["name"] for each in found), ",".join(each.get("image", "") for each in found)]


def modes(values: Iterable[str] | None) -> str:
    """Return access modes in their short form."""
    short = {
        "ReadWriteOnce": "RWO",
        "ReadOnlyMany": "ROX",
        "ReadWriteMany": "RWX",
        "ReadWriteOncePod": "RWOP",
    }
    return ",".join(short.get(value, value) for value in dict.fromkeys(values or ()))


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"
