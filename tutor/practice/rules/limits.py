"""LimitRanges and ResourceQuotas.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy


class LimitRanges(Strategy):
    """The rules of LimitRanges."""

    has_status = False
    counts_generations = False
    may_create_on_update = True

    def default(self, obj: Obj) -> None:
        """Of containers, the default limit comes from the greatest, the default request from the limit."""
        for limit in obj.setdefault("spec", {}).get("limits") or []:
            if limit.get("type") != "Container":
                continue
            default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
            requests = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
            for key, values in (("default", default), ("defaultRequest", requests)):
                if values:
                    limit[key] = values


class ResourceQuotas(Strategy):
    """The rules of ResourceQuotas."""

    counts_generations = False
