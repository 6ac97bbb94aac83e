"""Quantities are compared by value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.quantity import is_quantity, parse_quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.5", "500m"), ("1Gi", "1024Mi"), (1, "1000m"), ("1k", 1000), ("1e3", "1k"), ("100n", "0.1u"), (0.5, "500m")],
)
def test_the_same_amount_is_equal_however_it_is_written(one, other):
    assert parse_quantity(one) == parse_quantity(other)


@pytest.mark.parametrize(("one", "other"), [("64M", "64Mi"), ("1", "1m"), ("1Gi", "1G")])
def test_other_units_are_other_amounts(one, other):
    assert parse_quantity(one) != parse_quantity(other)


@pytest.mark.parametrize("value", ["", "Gi", "1 Gi", "1GI", "one", True, None, [], {}, "1e9999999", "NaN", "1KiB", "१"])
def test_anything_else_is_no_quantity(value):
    assert not is_quantity(value)


@given(st.integers(-(10**15), 10**15))
def test_milli_is_a_thousandth(number):
    assert parse_quantity(f"{number}m") * 1000 == Decimal(number)


@given(st.one_of(st.text(), st.floats(), st.none(), st.lists(st.integers())))
def test_nothing_raises_anything_but_value_error(value):
    assert is_quantity(value) in (True, False)
