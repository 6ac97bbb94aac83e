"""What is wrong with a CronJob's schedule, in the words of the parser that Kubernetes uses (robfig/cron).

https://github.com/robfig/cron/blob/v3.0.1/parser.go
"""

from __future__ import annotations

import re
import zoneinfo

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}


def schedule_fault(schedule: str) -> str:
    """Return the parser's complaint about a schedule, "" when it can be read."""
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, _, schedule = schedule.partition("=")[2].partition(" ")
        if fault := zone_fault(zone):
            return f"provided bad location {zone}: {fault}"
        schedule = schedule.strip()
    if schedule.startswith("@"):
        every = schedule.startswith("@every ")
        return "" if every or schedule in _DESCRIPTORS else f"unrecognized descriptor: {schedule}"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    try:
        for field, (low, high, names) in zip(fields, _FIELDS, strict=True):
            for part in filter(None, field.split(",")):
                _check(part, low, high, names)
    except ValueError as error:
        return str(error)
    return ""


def zone_fault(name: str) -> str:
    """Return what is wrong with the name of a time zone, "" when there is such a zone."""
    try:
        zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return f"unknown time zone {name}"
    return ""


def _check(part: str, low: int, high: int, names: dict[str, int]) -> None:
    """Check `*`, `1`, `1-5`, each with or without a step. Raises ValueError with the parser's words."""
    bounds, *steps = part.split("/")
    first, *ends = bounds.split("-")
    if first in ("*", "?"):
        start, end = low, high
    else:
        start = end = _number(first, names)
        if ends:
            if len(ends) > 1:
                raise ValueError(f"too many hyphens: {part}")
            end = _number(ends[0], names)
    step = 1
    if steps:
        if len(steps) > 1:
            raise ValueError(f"too many slashes: {part}")
        step = _number(steps[0], {})
        end = end if ends else high
    if start < low:
        raise ValueError(f"beginning of range ({start}) below minimum ({low}): {part}")
    if end > high:
        raise ValueError(f"end of range ({end}) above maximum ({high}): {part}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if not step:
        raise ValueError(f"step of range should be a positive number: {part}")


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    failed = f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": '
    if not re.fullmatch("[-+]?[0-9]+", text):
        raise ValueError(f"{failed}invalid syntax")
    if abs(int(text)) >= 2**63:
        raise ValueError(f"{failed}value out of range")
    return int(text)
