"""Quantities by value: `0.5` is `500m`, `1Gi` is `1024Mi`.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

_SUFFIX = {
    "": Decimal(1),
    **{
        letter: Decimal(10) ** power
        for letter, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
_QUANTITY = re.compile(
    r"([+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60}))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII
)


def parse_quantity(value: Any) -> Decimal:
    """Return the quantity `value` (text or number) in whole units: cores, bytes. Raises ValueError."""
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    if match is None or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a quantity")
    number, exponent, suffix = match.groups()
    try:
        return Decimal(number + (exponent or "")) * _SUFFIX[suffix or ""]
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a quantity") from error


def is_quantity(value: Any) -> bool:
    """Tell whether `value` can be read as a quantity."""
    try:
        parse_quantity(value)
    except ValueError:
        return False
    return True
