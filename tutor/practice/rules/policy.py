"""PodDisruptionBudgets."""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy


class PodDisruptionBudgets(Strategy):
    """The rules of PodDisruptionBudgets."""

    def prepare_create(self, obj: Obj) -> None:
        """Begin with a status of zeros."""
        super().prepare_create(obj)
        obj["status"] = dict.fromkeys(("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0)
