"""The questions that the app asks before it does something that cannot be undone."""

from __future__ import annotations

from checkers.words import say, say_n
from tutor.course.model import Exercise
from tutor.ui.modals.confirm import Confirm


def go_on(exercise: Exercise) -> Confirm:
    """Ask at the start whether to take up what is under way."""
    return Confirm(
        say("Welcome back"),
        say("“{title}” is under way. Go on with it?", title=exercise.title),
        yes=say("Go on"),
        no=say("To the map"),
        safe=True,
    )


def make_way(exercise: Exercise) -> Confirm:
    """Ask whether `exercise`, which is under way, may be cleaned up for another one."""
    return Confirm(
        say("Another exercise is under way"),
        say("“{title}” must be cleaned up first. Your work there goes, your progress stays.", title=exercise.title),
        yes=say("Clean up and begin"),
        no=say("Not now"),
    )


def begin_again(exercise: Exercise) -> Confirm:
    """Ask whether to put everything back to the start."""
    return Confirm(
        say("Begin again?"),
        say(
            "What is in your namespaces ({names}) is removed and set up anew. Hints and score stay noted.",
            names=", ".join(exercise.namespaces),
        ),
        yes=say("Begin again"),
        no=say("Keep it"),
    )


def clean_up() -> Confirm:
    """Ask whether to end the exercise."""
    return Confirm(
        say("Clean up?"),
        say("What this exercise made in the cluster is removed, your work there as well. Your progress is kept."),
        yes=say("Clean up"),
        no=say("Keep it"),
    )


def show_answer(hints_left: int) -> Confirm:
    """Ask whether the learner really wants to see a solution."""
    question = say("It is noted that you looked. Everything still counts as passed when the checks pass.")
    if hints_left:
        left = say_n("There is {n} hint left.", "There are {n} hints left.", hints_left)
        question = f"{question}\n{left}"
    return Confirm(say("Show an answer?"), question, yes=say("Show it"), no=say("Try on"))


def stop(consequence: str, *, leave: bool = False) -> Confirm:
    """Ask whether to stop slow work (and leave); `consequence` says what becomes of it."""
    return Confirm(
        say("Stop and leave?") if leave else say("Stop?"),
        consequence,
        yes=say("Stop and leave") if leave else say("Stop"),
        no=say("Go on"),
    )


def leave(exercise: Exercise) -> Confirm:
    """Ask whether to leave while `exercise` is under way."""
    return Confirm(
        say("Leave kubetutor?"),
        say("“{title}” stays in the cluster as it is; you can go on with it next time.", title=exercise.title),
        yes=say("Leave"),
        no=say("Stay"),
        safe=True,
    )
