"""Every verb of `kubetutor`, in the order of its help."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checkers.words import say


def _nothing(parser: ArgumentParser) -> None:
    """Add no arguments."""


@dataclass(frozen=True)
class Verb:
    """One verb: its name, the function that does it, and one line of help."""

    name: str
    run: str
    """`module:function` under `tutor.cli`, imported when the verb runs."""
    help: str
    add: Callable[[ArgumentParser], None] = _nothing
    """Adds the verb's own arguments."""


@dataclass(frozen=True)
class Group:
    """Verbs that belong together in the help."""

    title: str
    verbs: tuple[Verb, ...]


def verb_groups() -> list[Group]:
    """Return all verbs; made when called, so that their words are in the language in use."""
    return [
        Group(
            say("learn:"),
            (
                Verb("list", "course:list_course", say("the course: topics, lessons, exercises"), _list),
                Verb("lesson", "course:show_lesson", say("read a lesson, step by step"), _lesson),
                Verb("start", "exercise:start", say("set an exercise up in a cluster"), _start),
                Verb("check", "check:check", say("look at what you made, and explain"), _check),
                Verb("hint", "exercise:hint", say("show the next hint"), _nothing),
                Verb("solution", "exercise:solution", say("show one right answer"), _nothing),
                Verb("reset", "exercise:reset", say("put the exercise back to its start"), _nothing),
                Verb("finish", "exercise:finish", say("end the exercise and clean up after it"), _nothing),
                Verb("progress", "progress:show_progress", say("what you have passed so far"), _json),
                Verb("shell", "exercise:shell", say("a shell in the exercise, with kubectl ready"), _nothing),
                Verb("env", "exercise:env", say('lines for your own shell: eval "$(kubetutor env)"'), _env),
            ),
        ),
        Group(
            say("clusters:"),
            (
                Verb("cluster", "cluster:cluster", say("bring clusters up or down, or list them"), _cluster),
                Verb("doctor", "doctor:doctor", say("what stands in the way, and what mends it"), _json),
            ),
        ),
        Group(
            say("write exercises:"),
            (
                Verb("new", "author:new", say("begin an exercise from a working one"), _new),
                Verb("lint", "author:lint", say("find mistakes in lessons and exercises"), _lint),
                Verb("prove", "prove:prove", say("run every answer of exercises on a real cluster"), _prove),
            ),
        ),
    ]


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=say("print JSON"))


def _junit(parser: ArgumentParser) -> None:
    parser.add_argument("--junit", metavar=say("FILE"), type=Path, help=say("write JUnit XML as well"))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", metavar=say("TOPIC"), help=say("only this topic, by id or number"))


def _lesson(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar=say("ID"), help=say("the lesson's id, or how it begins"))
    parser.add_argument("step", nargs="?", type=int, metavar=say("STEP"), help=say("from 1; else where you were"))
    parser.add_argument("--all", action="store_true", help=say("all steps at once"))


def _start(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar=say("ID"), help=say("the exercise's id, or how it begins"))


def _check(parser: ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help=say("go on looking until everything passes"))
    _json(parser)
    _junit(parser)


def _env(parser: ArgumentParser) -> None:
    parser.add_argument("--fish", action="store_true", help=say("for the fish shell"))


def _cluster(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=["up", "status", "down"], help=say("what to do"))
    parser.add_argument(
        "topology",
        nargs="?",
        metavar=say("TOPOLOGY"),
        help=say("single (the default), pair, trio, ha, bare or upgrade"),
    )
    parser.add_argument("--all", action="store_true", help=say("with down: every cluster that the tutor made"))


def _new(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar=say("TOPIC/SLUG"), help=say("as pods/my-exercise"))


def _lint(parser: ArgumentParser) -> None:
    parser.add_argument(
        "dir",
        nargs="?",
        type=Path,
        metavar=say("DIR"),
        help=say("holds lessons/ and exercises/; else the course"),
    )


def _prove(parser: ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar=say("ID"), help=say("only these exercises"))
    parser.add_argument("--workers", type=int, default=4, metavar="N", help=say("how many side by side"))
    parser.add_argument("--keep", action="store_true", help=say("leave the clusters up afterwards"))
    _junit(parser)
