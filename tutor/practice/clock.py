"""Time as the practice cluster sees it: stamps are real, delays may run faster, and a test's clock stands still."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    """A call that waits for its time."""

    def cancel(self) -> None:
        """Forget the call."""
        ...


class Clock:
    """The machine's clock. With `speed` 10, ten simulated seconds of waiting pass in one."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def now(self) -> datetime:
        """Return the time for stamps: aware, in UTC, never sped up."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return simulated seconds since some moment."""
        return time.monotonic() * self.speed

    def since(self, stamp: str) -> float:
        """Return simulated seconds since `stamp`, an RFC 3339 time as objects carry it."""
        return (self.now() - parse_stamp(stamp)).total_seconds() * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for so many simulated seconds."""
        await asyncio.sleep(seconds / self.speed)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call after so many simulated seconds, on the running loop."""
        return asyncio.get_running_loop().call_later(seconds / self.speed, call)


class _FakeTimer:
    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeClock(Clock):
    """A clock that moves only by `advance`: what waits for an hour is over at once."""

    def __init__(self, start: datetime | None = None) -> None:
        super().__init__()
        self._now = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._elapsed = 0.0
        self._timers: list[tuple[float, int, _FakeTimer]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """Return the time that the test has reached."""
        return self._now + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds that the test has let pass."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has let so many seconds pass."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once the test has let so many seconds pass."""
        timer = _FakeTimer(call)
        heapq.heappush(self._timers, (self._elapsed + max(seconds, 0.0), next(self._numbers), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, and make the calls that fall into it, in order."""
        end = self._elapsed + seconds
        while self._timers and self._timers[0][0] <= end:
            when, _, timer = heapq.heappop(self._timers)
            self._elapsed = max(self._elapsed, when)
            if not timer.cancelled:
                timer.call()
        self._elapsed = end


def stamp(moment: datetime) -> str:
    """Return a moment as Kubernetes' `metav1.Time`: whole seconds, `2026-01-01T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(moment: datetime) -> str:
    """Return a moment as Kubernetes' `metav1.MicroTime`, as Leases carry it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_stamp(text: str) -> datetime:
    """Return the moment of either. Raises ValueError for what is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
