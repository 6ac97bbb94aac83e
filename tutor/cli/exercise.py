"""`start`, `hint`, `solution`, `reset`, `finish`, `shell` and `env`: an exercise without the app."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

from checkers.words import language, say
from tutor.cli.exits import Exit
from tutor.cli.names import find_exercise
from tutor.cli.out import heading, markdown, note, stdout
from tutor.cli.parser import Options
from tutor.cli.stages import Stages, stoppable
from tutor.cli.tutoring import agree_on_context, stages_only, tell_if_simulated, tutoring, under_way
from tutor.course.load import task_text


def start(options: Options) -> Exit:
    """`kubetutor start ID`: bring the cluster up, set the exercise up, show the task."""
    agree_on_context(options)
    with tutoring(options) as tutor:
        exercise = find_exercise(tutor.course, options.id)
        with Stages() as stages, stoppable() as cancel:
            attempt = tutor.start(exercise.id, stages_only(stages), cancel)
        tell_if_simulated(tutor)
        heading(exercise.title)
        markdown(task_text(exercise, language()))
        note(say("Your workspace: {directory}", directory=attempt.workspace))
        note(say('Work there: kubetutor shell (or in your own shell: eval "$(kubetutor env)")'))
        note(say("See how it stands: kubetutor check"))
    return Exit.OK


def hint(options: Options) -> Exit:
    """`kubetutor hint`: the next hint, each a little nearer."""
    with under_way(options) as attempt:
        total = len(attempt.exercise.hints)
        text = attempt.hint()
        shown = len(attempt.hints_shown())
        if text is None:
            text = attempt.hints_shown()[-1] if shown else ""
            note(say("That was the last hint. One right answer: kubetutor solution"))
        if text:
            markdown(text)
        note(say("Hint {number} of {total}.", number=shown, total=total), "dim")
    return Exit.OK


def solution(options: Options) -> Exit:
    """`kubetutor solution`: one right answer."""
    with under_way(options) as attempt:
        stdout().out(attempt.solution().rstrip())
    return Exit.OK


def reset(options: Options) -> Exit:
    """`kubetutor reset`: back to the start of the exercise."""
    with under_way(options) as attempt:
        with Stages() as stages, stoppable() as cancel:
            attempt.reset(stages_only(stages), cancel)
        note(say("{title} is back at its start.", title=attempt.exercise.title))
    return Exit.OK


def finish(options: Options) -> Exit:
    """`kubetutor finish`: remove what the exercise made; what you passed is kept."""
    with under_way(options) as attempt:
        with Stages() as stages, stoppable() as cancel:
            attempt.finish(stages_only(stages), cancel)
        note(say("{title} is cleaned up.", title=attempt.exercise.title))
    return Exit.OK


def shell(options: Options) -> Exit:
    """`kubetutor shell`: an interactive shell in the exercise; it ends with `exit`."""
    with under_way(options) as attempt:
        note(say("kubectl is set up for {title}. Leave with exit.", title=attempt.exercise.title))
        # Ctrl-C belongs to the shell and what runs in it, not to us.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            subprocess.run(
                attempt.shell(),
                env=os.environ | attempt.env(),
                cwd=attempt.workspace,
                check=False,
                preexec_fn=_hear_ctrl_c,
            )
        finally:
            signal.signal(signal.SIGINT, before)
        note(say("Back. See how it stands: kubetutor check"))
    return Exit.OK


def env(options: Options) -> Exit:
    """`kubetutor env`: lines that set up the shell that evaluates them."""
    with under_way(options) as attempt:
        values = attempt.env()
    for name, value in values.items():
        print(f"set -gx {name} {shlex.quote(value)};" if options.fish else f"export {name}={shlex.quote(value)}")
    return Exit.OK


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
