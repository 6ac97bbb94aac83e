"""Running the answers of an exercise, as a learner would, and judging what the checks then say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from checkers.engine import Grader
from checkers.result import Result, Status
from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters.process import run
from tutor.course.model import WrongAnswer
from tutor.session import shell
from tutor.session.ground import Ground

ANSWER_SECONDS = 300.0
POLL_SECONDS = 0.3
SURE_SECONDS = 1.0
"""How long a failure must last to count: it must not be the moment before the answer took effect."""
STILL_SECONDS = 8.0
"""Nothing moves any more when all verdicts have stayed the same for so long, and none waits."""
SLACK_SECONDS = 30.0
"""What the checks' own patience may be exceeded by, on a slow machine."""

Done = Callable[[dict[str, Result]], bool]


def run_answer(ground: Ground, path: Path, folder: Path, workspace: Path, cancel: Cancel, *, strict: bool) -> Ran:
    """Run an answer in `workspace`: a script by bash, a manifest by kubectl apply.

    `folder` holds the kubeconfig and a home of its own, so that nothing of the author's plays a part.
    With `strict`, a script ends at its first command that fails. Raises TutorError after five minutes.
    """
    env = os.environ | shell.environment(
        ground.exercise.id, ground.cluster.kubeconfig, ground.namespace, ground.kubectl.program, folder
    )
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env |= {"HOME": str(home)}
    env = {key: value for key, value in env.items() if not key.startswith(("HELM_", "XDG_"))}
    script = ["bash", "-e"] if strict else ["bash"]
    argv = [*script, str(path)] if path.suffix == ".sh" else ["kubectl", "apply", "-f", str(path)]
    return run(argv, cwd=workspace, env=env, timeout=ANSWER_SECONDS, cancel=cancel)


def fails_at_start(ground: Ground, cancel: Cancel) -> tuple[str, str]:
    """Return what is wrong with the start, empty when the checks fail as they should; and what was read."""

    def done(results: dict[str, Result]) -> bool:
        statuses = {result.status for result in results.values()}
        return Status.FAIL in statuses and Status.ERROR not in statuses

    results = _look_until(ground, None, done, 0.0, cancel)
    if done(results):
        return "", _text(results)
    if blind := [id for id, result in results.items() if result.status is Status.ERROR]:
        return say("At the start, these checks cannot look: {ids}.", ids=", ".join(blind)), _text(results)
    return say("At the start, no check fails."), _text(results)


def passes(ground: Ground, cancel: Cancel) -> tuple[str, str]:
    """Return which checks do not pass after a right answer, empty when all do; and what was read."""

    def done(results: dict[str, Result]) -> bool:
        return all(result.status is Status.PASS for result in results.values())

    results = _look_until(ground, None, done, 0.0, cancel)
    if done(results):
        return "", _text(results)
    bad = {id: result for id, result in results.items() if result.status is not Status.PASS}
    states = ", ".join(f"{id} ({result.status})" for id, result in bad.items())
    return say("These checks do not pass: {states}.", states=states), _text(bad)


def fails_as_named(ground: Ground, wrong: WrongAnswer, cancel: Cancel) -> tuple[str, str]:
    """Return how the verdict on a wrong answer differs from what it promises, if it does; and what was read."""

    def done(results: dict[str, Result]) -> bool:
        result = results[wrong.fails]
        return result.status is Status.FAIL and all(words in result.text() for words in wrong.says)

    if wrong.fails not in {check.id for check in ground.exercise.checks}:
        return say("There is no check {id}.", id=wrong.fails), ""
    results = _look_until(ground, {wrong.fails}, done, SURE_SECONDS, cancel)
    if done(results):
        return "", _text(results)
    result = results[wrong.fails]
    if result.status is not Status.FAIL:
        return say("The check {id} should fail: {status}.", id=wrong.fails, status=result.status), _text(results)
    missing = ", ".join(repr(words) for words in wrong.says if words not in result.text())
    return say("The check {id} fails, and does not say {words}.", id=wrong.fails, words=missing), _text(results)


def _look_until(
    ground: Ground, only: Collection[str] | None, done: Done, sure: float, cancel: Cancel
) -> dict[str, Result]:
    """Look until `done` holds for `sure` seconds, nothing moves any more, or the checks' patience is over."""
    # Where time runs faster, patience is shorter as well.
    speed = ground.cluster.speed
    checks = [replace(check, within=check.within / speed) for check in ground.exercise.checks]
    grader = Grader(checks)
    began = since = time.monotonic()
    before: object = None
    while True:
        results = {result.id: result for result in grader.run(ground.world, only)}
        now = time.monotonic()
        patience = SLACK_SECONDS + sum(check.within for check in checks if check.id in results)
        state = [(result.id, result.status, result.found) for result in results.values()]
        if state != before:
            before, since = state, now
        statuses = {result.status for result in results.values()}
        settled = not statuses & {Status.WAIT, Status.ERROR} and now - since >= STILL_SECONDS / speed
        if (done(results) and now - since >= sure) or settled or now - began >= patience:
            return results
        cancel.wait(POLL_SECONDS)


def _text(results: dict[str, Result]) -> str:
    return "\n\n".join(f"[{result.status}] {result.text()}" for result in results.values())
