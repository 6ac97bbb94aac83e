"""The rules of every resource."""

from __future__ import annotations

from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.workloads import workload_strategies


def strategies() -> dict[str, Strategy]:
    """Return them by resource; what is not in there is a plain kind with a spec and a status."""
    return {**workload_strategies()}
