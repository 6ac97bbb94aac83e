"""Cancelling slow work from another thread."""

from __future__ import annotations

import threading

from tutor.errors import Cancelled


class Cancel:
    """A flag that slow work polls; shared by the thread that works and the one that stops it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether the work was asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled if the work was asked to stop."""
        if self.asked:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Pause for `seconds` between two looks; raises Cancelled at once when asked to stop."""
        if self._event.wait(seconds):
            raise Cancelled
