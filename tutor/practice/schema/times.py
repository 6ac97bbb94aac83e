"""Times as Go reads them from RFC 3339, with its words for what is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from tutor.practice.clock import micro_stamp, stamp

_LAYOUT = "2006-01-02T15:04:05Z07:00"
_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"
_PARTS = (
    ("2006", r"[0-9]{4}"),
    ("-", "-"),
    ("01", r"[0-9]{2}"),
    ("-", "-"),
    ("02", r"[0-9]{2}"),
    ("T", "T"),
    ("15", r"[0-9]{2}"),
    (":", ":"),
    ("04", r"[0-9]{2}"),
    (":", ":"),
    ("05", r"[0-9]{2}"),
)
_ZONE = ("Z07:00", r"Z|[+-][0-9]{2}:[0-9]{2}")
_RANGES = {
    "01": ("month", 1, 12),
    "02": ("day", 1, 31),
    "15": ("hour", 0, 23),
    "04": ("minute", 0, 59),
    "05": ("second", 0, 59),
}


def normalised(text: str, *, micro: bool = False) -> str | None:
    """Return a time in UTC, in whole seconds (`metav1.Time`) or microseconds (`MicroTime`); None for the zero time.

    Raises ValueError, in Go's words, for what is no time.
    """
    layout = _MICRO_LAYOUT if micro else _LAYOUT
    fraction = (".000000", r"\.[0-9]{6}") if micro else ("", r"([.,][0-9]+)?")
    rest, numbers = text, {}
    for name, pattern in (*_PARTS, fraction, _ZONE):
        if (match := re.match(pattern, rest)) is None:
            raise ValueError(f'parsing time "{text}" as "{layout}": cannot parse "{rest}" as "{name}"')
        found = match[0]
        word, low, high = _RANGES.get(name, ("", 0, 0))
        if word and not low <= int(found) <= high:
            raise ValueError(f'parsing time "{text}": {word} out of range')
        numbers[name or ".000000"] = found
        rest = rest[len(found) :]
    if rest:
        raise ValueError(f'parsing time "{text}": extra text: "{rest}"')
    moment = _moment(text, numbers)
    if moment == datetime.min.replace(tzinfo=UTC):
        return None
    return micro_stamp(moment) if micro else stamp(moment)


def _moment(text: str, numbers: dict[str, str]) -> datetime:
    zone = numbers["Z07:00"]
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[4:]))
    year, month, day, hour, minute, second = (int(numbers[name]) for name in ("2006", "01", "02", "15", "04", "05"))
    micros = int(numbers[".000000"][1:7].ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micros, timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'parsing time "{text}": day out of range') from error
