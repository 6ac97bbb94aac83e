"""Quantities, as Kubernetes reads and rewrites them: `1024Mi` is `1Gi`, `0.5` is `500m`.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
The algorithm is that of `k8s.io/apimachinery/pkg/api/resource`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
SUFFIX_WRONG = "unable to parse quantity's suffix"
NUMBER_WRONG = "unable to parse numeric part of quantity"
_PATTERN = re.compile(r"([+-]?)([0-9]*)(\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_NANO = Fraction(1, 10**9)
_LARGEST = 2**63 - 1
_FAST_DIGITS = 18
"""Digits that Go reads into a machine's integer; such numbers keep their spelling if it is canonical."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount and the form to write it in."""

    value: Fraction
    format: Format
    spelling: str = ""
    """The text that it came from, where that is kept."""
    scale: int = 0
    """The power of ten of the last digit."""

    def __str__(self) -> str:
        return self.spelling or canonical(self.value, self.format)

    def rounded_up(self) -> Quantity:
        """Return it in whole thousandths, as amounts of resources are kept."""
        if self.spelling and self.scale >= -3:
            return self
        return Quantity(Fraction(_away(self.value * 1000), 1000), self.format)


@lru_cache(maxsize=4096)
def parse(text: str) -> Quantity:
    """Return what a text says; raises ValueError in Kubernetes' words."""
    match = _PATTERN.fullmatch(text)
    if not match or not text:
        raise ValueError(FORMAT_WRONG)
    sign, digits, _, decimals, suffix = match.groups()
    number, decimals = digits.lstrip("0") or "0", decimals or ""
    base, exponent, form = _suffix(suffix)
    value = Fraction(int(number + decimals), 10 ** len(decimals)) * Fraction(base) ** exponent
    value = -value if sign == "-" else value
    if spelling := _kept(text, number, decimals, exponent, form):
        return Quantity(value, form, spelling, exponent - len(decimals) if base == 10 else 0)
    if value % _NANO:
        value = Fraction(_away(value / _NANO)) * _NANO
    if form == "BinarySI":
        value = max(min(value, Fraction(_LARGEST)), Fraction(-_LARGEST))
        form = "DecimalSI" if 0 < abs(value) < 1 else form
    return Quantity(value, form)


def number(quantity: str | int | float) -> Fraction:
    """Return the value of a quantity. Raises ValueError for what is none."""
    return parse(str(quantity)).value


def units(text: str | int | float, per_one: int = 1) -> int:
    """Return a quantity in units of which one has so many, rounded up: `units("1.5m", 1000)` is 2."""
    return math.ceil(parse(str(text)).value * per_one)


def canonical(value: Fraction, form: Format = "DecimalSI") -> str:
    """Return the shortest text of a value, without fractions: `1500m`, `1Gi`, `1e3`."""
    if not value:
        return "0"
    if form == "BinarySI" and abs(value) >= 1024 and value.denominator == 1:
        number, power = int(value), 0
        while number % 1024 == 0:
            number, power = number // 1024, power + 10
        return str(number) + next((suffix for suffix, bits in _BINARY.items() if bits == power), "")
    number, exponent = _away(value * 10**9), -9
    while number % 1000 == 0:
        number, exponent = number // 1000, exponent + 3
    if form == "DecimalExponent":
        return f"{number}e{exponent}" if exponent else str(number)
    return str(number) + _DECIMAL_SUFFIXES.get(exponent, "")


def _suffix(suffix: str) -> tuple[int, int, Format]:
    if suffix in _DECIMAL:
        return 10, _DECIMAL[suffix], "DecimalSI"
    if suffix in _BINARY:
        return 2, _BINARY[suffix], "BinarySI"
    if re.fullmatch(r"[eE][+-]?[0-9]{1,3}", suffix):
        return 10, int(suffix[1:]), "DecimalExponent"
    raise ValueError(SUFFIX_WRONG)


def _kept(text: str, number: str, decimals: str, exponent: int, form: Format) -> str:
    """Return the text if Go keeps it: small enough, and canonical at a glance."""
    if text == "0":
        return text
    shifted = number + decimals
    if form == "BinarySI":
        small = not decimals and 15 - len(number) - int(exponent * 0.3) - 1 >= 0
        return text if small and int(shifted) & 7 else ""
    scale = exponent - len(decimals)
    small = len(shifted) <= _FAST_DIGITS and scale >= -9
    return text if small and scale % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0" else ""


def _away(value: Fraction) -> int:
    """Round away from zero, as Kubernetes does: who asks for something gets something."""
    whole = -(-abs(value).numerator // value.denominator)
    return -whole if value < 0 else whole
