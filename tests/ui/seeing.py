"""What a learner sees, and waiting for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.ui.fakes import FakeTutor
from tutor.ui.app import TutorApp

DEADLINE = 20.0


def lines(app: TutorApp) -> list[str]:
    """Return the rows of the screen on top, as they are drawn."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def seen(app: TutorApp) -> str:
    """Return the words on the screen on top, one blank between them, borders left out: sentences may be wrapped."""
    return re.sub(r"[\s│╭╮╰╯─▌▃▇▅▂█]+", " ", " ".join(lines(app)))


async def until(pilot: Pilot[Any], holds: Callable[[], object], what: str = "") -> None:
    """Wait until `holds`; fails with the screen after a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE
    while not holds():
        assert loop.time() < end, f"waited in vain {what}\n" + "\n".join(lines(pilot.app))
        await pilot.pause(0.02)


async def sees(pilot: Pilot[Any], *words: str) -> None:
    """Wait until all `words` stand on the screen."""
    await until(pilot, lambda: all(each in seen(pilot.app) for each in words), f"for {words}")


@asynccontextmanager
async def running(tutor: FakeTutor, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    """Run the app with the map open."""
    app = TutorApp(tutor)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        yield pilot


async def opened(pilot: Pilot[Any], exercise: str = "rollback") -> None:
    """Open an exercise from wherever one is."""
    found = pilot.app.tutor.course.exercise(exercise)  # type: ignore[attr-defined]
    pilot.app.open_entry(found)  # type: ignore[attr-defined]
    await sees(pilot, found.title, "Enter Begin")


async def begun(pilot: Pilot[Any], exercise: str = "rollback") -> None:
    """Open and begin an exercise."""
    await opened(pilot, exercise)
    await pilot.press("enter")
    await sees(pilot, "Checks", "s Shell", "of 4 points")
