"""Quantities such as `100m`, `1.5Gi` and `2e3`, as whole thousandths.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache

_FORM = re.compile(r"([+-]?[0-9]*\.?[0-9]*)(m|n|u|[kMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
_DECIMAL = "kMGTPE"
_BINARY = "KMGTPE"


@lru_cache(maxsize=4096)
def milli(text: str | int | float) -> int:
    """Return a quantity in thousandths, rounded up. Raises ValueError for what is none."""
    match = _FORM.fullmatch(str(text).strip())
    if not match or not any(each.isdigit() for each in match[1]):
        raise ValueError(f"not a quantity: {text}")
    number, unit = Fraction(match[1]), match[2] or ""
    small = {"m": Fraction(1, 1000), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9)}
    if unit in small:
        number *= small[unit]
    elif unit.endswith("i"):
        number *= 1024 ** (_BINARY.index(unit[0]) + 1)
    elif unit[:1] in ("e", "E") and len(unit) > 1:
        number *= Fraction(10) ** int(unit[1:])
    elif unit:
        number *= 1000 ** (_DECIMAL.index(unit) + 1)
    return math.ceil(number * 1000)


def is_binary(text: str | int | float) -> bool:
    """Tell whether a quantity is written in powers of two, as `1Gi`."""
    return str(text).endswith("i")


def shown(thousandths: int, *, binary: bool = False) -> str:
    """Return a quantity as Kubernetes writes it: the largest unit that leaves a whole number."""
    if thousandths % 1000:
        return f"{thousandths}m"
    number, step, units = thousandths // 1000, 1024 if binary else 1000, _BINARY if binary else _DECIMAL
    power = 0
    while number and number % step == 0 and power < len(units):
        number, power = number // step, power + 1
    return f"{number}{units[power - 1] + ('i' if binary else '') if power else ''}"
