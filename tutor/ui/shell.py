"""The learner's shell, full screen: the app steps aside until it ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from checkers.words import say
from tutor import paths
from tutor.errors import TutorError

if TYPE_CHECKING:
    from tutor.session.attempt import Attempt
    from tutor.ui.app import TutorApp


async def open_shell(app: TutorApp, attempt: Attempt) -> None:
    """Run the attempt's shell in the terminal and come back when it ends; watches go on meanwhile.

    Raises TutorError when there is no terminal to hand over or the shell cannot be started.
    """
    argv = await asyncio.to_thread(attempt.shell)
    env = os.environ | await asyncio.to_thread(attempt.env)
    place = paths.work_dir(attempt.exercise.id)
    welcome = say(
        "kubectl works on “{title}” here. Come back to kubetutor with exit or Ctrl-D.", title=attempt.exercise.title
    )
    problem: OSError | None = None
    app.in_shell = True
    try:
        with app.suspend():
            # An exception inside this block would leave the app without a terminal.
            try:
                await _run(argv, env, place, welcome)
            except OSError as error:
                problem = error
    except SuspendNotSupported as error:
        raise TutorError(
            say("The shell cannot be opened here."),
            say("This terminal does not let an app step aside."),
            say("Press t for a line that sets up another terminal."),
        ) from error
    finally:
        app.in_shell = False
    if problem is not None:
        raise TutorError(
            say("The shell did not start."),
            f"{problem.strerror or problem}: {problem.filename or argv[0]}",
            say("Press t for a line that sets up another terminal."),
        )


async def _run(argv: list[str], env: dict[str, str], place: Path, welcome: str) -> None:
    print(f"\n{welcome}\n", file=sys.stderr, flush=True)
    child = await asyncio.create_subprocess_exec(
        *argv,
        env=env,
        cwd=place if place.is_dir() else None,
    )
    await child.wait()
