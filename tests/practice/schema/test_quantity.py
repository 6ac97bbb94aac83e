"""Quantities: how a real server writes back what it is given."""

import re

import pytest

from tutor.practice.schema import quantity


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0", "0"),
        ("0Mi", "0"),
        ("m", "0"),
        ("1", "1"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1.5", "1500m"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("1000000", "1M"),
        ("128974848", "128974848"),
        ("1024Mi", "1Gi"),
        ("64Mi", "64Mi"),
        ("1.5Gi", "1536Mi"),
        ("1024", "1024"),
        ("0.1Mi", "104857600m"),
        ("1e3", "1e3"),
        ("1E3", "1E3"),
        ("1e-3", "1e-3"),
        ("5.", "5."),
        ("+1", "+1"),
        ("-5m", "-5m"),
        ("0.0001", "1m"),
        ("0.1m", "1m"),
        ("9999999999999999999", "9999999999999999999"),
        ("9Ei", "9223372036854775807"),
    ],
)
def test_amounts_of_resources(text: str, kept: str) -> None:
    assert str(quantity.parse(text).rounded_up()) == kept


def test_values_compare_across_units() -> None:
    assert quantity.parse("1Gi").value == quantity.parse("1024Mi").value == 2**30
    assert quantity.parse("100m").value * 10 == quantity.parse("1").value


def test_a_value_that_is_reckoned_is_written_in_its_unit() -> None:
    assert quantity.canonical(quantity.parse("1Gi").value + quantity.parse("512Mi").value, "BinarySI") == "1536Mi"
    assert quantity.canonical(quantity.parse("1").value + quantity.parse("500m").value) == "1500m"


@pytest.mark.parametrize("text", ["", "1x", "1Gb", "0x10", "1 2", "1.2.3", "ten", "١"])
def test_malformed(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        quantity.parse(text)


@pytest.mark.parametrize("text", ["1mi", "1e", "1KiB".removesuffix("B") + "m", "1kk"])
def test_unknown_suffixes(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(quantity.SUFFIX_WRONG)):
        quantity.parse(text)
