"""Waiting for the first of several things, and writing durations."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from tutor.practice.clock import Clock

T = TypeVar("T")


class Stopped(Exception):
    """The Pod is to end: nothing more is begun."""


async def first(clock: Clock, seconds: float | None, *events: asyncio.Event) -> bool:
    """Wait until one of the events is set, for so many seconds at the most; tell whether one is."""
    if any(event.is_set() for event in events):
        return True
    waits: list[asyncio.Task[Any]] = [asyncio.ensure_future(event.wait()) for event in events]
    if seconds is not None:
        waits.append(asyncio.ensure_future(clock.sleep(seconds)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return any(event.is_set() for event in events)


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` does. Raises TimeoutError when it takes longer than so many seconds."""
    task = asyncio.ensure_future(work)
    done = asyncio.Event()
    task.add_done_callback(lambda _: done.set())
    try:
        if not await first(clock, seconds, done):
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


def duration(seconds: float) -> str:
    """Return whole seconds as Go prints them: `10s`, `1m20s`, `5m0s`, `1h0m0s`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
