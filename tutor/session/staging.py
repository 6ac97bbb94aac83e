"""Slow work as stages of one list: the cluster's first, then the session's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tutor.clusters.base import Stage
from tutor.session.events import Listener, Staged


class Staging:
    """Numbers the stages of a job and tells `listen` of them. `own` is how many follow the cluster's."""

    def __init__(self, listen: Listener, own: int) -> None:
        self._listen = listen
        self._own = own
        self._number = 0
        self._before = 0

    def forward(self, stage: Stage) -> None:
        """Pass on a stage of the cluster's, counted together with ours."""
        self._before = stage.total
        self._listen(Staged(replace(stage, total=stage.total + self._own)))

    @contextmanager
    def stage(self, title: str) -> Iterator[Callable[[str], None]]:
        """Report a stage of our own around the work; yields what takes in what is slow just now."""
        self._number += 1
        began = time.monotonic()

        def tell(detail: str = "", state: str = "running") -> None:
            self._listen(
                Staged(
                    Stage(
                        title=title,
                        number=self._before + self._number,
                        total=self._before + self._own,
                        state=state,
                        detail=detail,
                        elapsed=time.monotonic() - began,
                    )
                )
            )

        tell()
        try:
            yield tell
        except BaseException:
            tell(state="failed")
            raise
        tell(state="done")
