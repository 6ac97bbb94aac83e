"""Kinds that have no rules of their own but for what a new object begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.strategy import Strategy


class Plain(Strategy):
    """A kind whose objects are stored much as they come.

    `status` is a new object's, None where the kind has none; with `generations`, changes of the spec are counted.
    """

    def __init__(
        self,
        status: Mapping[str, Any] | None = None,
        *,
        generations: bool = True,
        creates: bool = False,
        unconditionally: bool = True,
    ) -> None:
        self.has_status = status is not None
        self.first_status = status or {}
        self.counts_generations = generations
        self.may_create_on_update = creates
        self.may_update_unconditionally = unconditionally
