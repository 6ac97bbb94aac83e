"""Quantities as numbers, to compare and to add them up."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

_SUFFIXES = {
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


@lru_cache(maxsize=4096)
def number(quantity: str | int | float) -> Decimal:
    """Return the value of a quantity, as 0.1 for `100m`. Raises ArithmeticError for what is none."""
    text = str(quantity)
    for length in (2, 1):
        if text[-length:] in _SUFFIXES:
            return Decimal(text[:-length]) * _SUFFIXES[text[-length:]]
    return Decimal(text)


def text(value: Decimal, like: str) -> str:
    """Return a value as a quantity, in binary units where `like` has them."""
    if like.endswith("i") and value == value.to_integral_value():
        units = [f"{letter}i" for letter in "EPTGMK"]
    else:
        units = [*"EPTGMk", "", *"mun"]
    for unit in units:
        size = _SUFFIXES.get(unit, Decimal(1))
        if value % size == 0 and value >= size:
            return f"{value / size:.0f}{unit}"
    return f"{value:.0f}"
