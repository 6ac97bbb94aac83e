"""Hints, the answer and the line for another terminal: what an exercise offers besides its checks."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

from checkers.words import say
from tutor import paths
from tutor.course.load import solution_path
from tutor.ui.modals import questions
from tutor.ui.modals.text import TextPanel

if TYPE_CHECKING:
    from tutor.course.model import Exercise
    from tutor.session.attempt import Attempt
    from tutor.ui.app import TutorApp


def beforehand(app: TutorApp, exercise: Exercise) -> str:
    """Return what Enter does before an exercise is begun, or why it cannot run here."""
    if refused := app.refusals.get(exercise.id):
        return f"{refused.title} {refused.message}\n{refused.hint}"
    return say("Enter begins the exercise: it prepares the cluster and then looks at these checks all the time.")


async def hints(app: TutorApp, attempt: Attempt) -> None:
    """Show the hints so far, or the first one; each Enter shows one more."""
    total = len(attempt.exercise.hints)
    if not attempt.hints_shown():
        await asyncio.to_thread(attempt.hint)
    while True:
        shown = attempt.hints_shown()
        more = say("next hint") if len(shown) < total else ""
        title = say("Hint {number} of {total}", number=len(shown), total=total)
        if not await app.push_screen_wait(TextPanel(title, "\n\n---\n\n".join(reversed(shown)), more=more)):
            return
        await asyncio.to_thread(attempt.hint)


async def answer(app: TutorApp, attempt: Attempt) -> None:
    """Ask, then show one right answer."""
    left = len(attempt.exercise.hints) - len(attempt.hints_shown())
    if not await app.push_screen_wait(questions.show_answer(left)):
        return
    text = (await asyncio.to_thread(attempt.solution)).strip("\n")
    lexer = "bash" if solution_path(attempt.exercise).suffix == ".sh" else "yaml"
    await app.push_screen_wait(TextPanel(say("One right answer"), f"```{lexer}\n{text}\n```", copied=text))


async def other_terminal(app: TutorApp, attempt: Attempt) -> None:
    """Show the line that makes kubectl in another terminal work on this exercise."""
    env = await asyncio.to_thread(attempt.env)
    line = f"export KUBECONFIG={shlex.quote(env['KUBECONFIG'])}"
    explained = say(
        "Type this line in the other terminal, or copy it with c. kubectl there then works on this exercise."
    )
    place = say("Your workspace is `{directory}`.", directory=paths.work_dir(attempt.exercise.id))
    shorter = say("Where `kubetutor` is on the PATH, this does the same and brings the fitting kubectl:")
    await app.push_screen_wait(
        TextPanel(
            say("Another terminal"),
            f'{explained}\n\n```bash\n{line}\n```\n\n{place} {shorter}\n\n```bash\neval "$(kubetutor env)"\n```',
            copied=line,
        )
    )
