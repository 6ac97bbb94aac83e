"""The verbs and options of `kubetutor`, and what is said when one is wrong."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Literal, NoReturn

from checkers.spelling import did_you_mean
from checkers.words import say
from tutor import __version__
from tutor.cli.exits import Exit
from tutor.cli.verbs import Group, verb_groups


class Options(argparse.Namespace):
    """What the command line said; a verb's own arguments are attributes beside these."""

    run: str = "app:start_app"
    """`module:function` of the verb; without one, the app."""
    provider: Literal["auto", "kind", "context", "practice"] = "auto"
    context: str | None = None
    yes: bool = False


def parse(argv: Sequence[str]) -> Options:
    """Return the options that `argv` gives. Ends the program for `--help`, `--version` and mistakes."""
    parser = _parser()
    options, unknown = parser.parse_known_args(argv, namespace=Options())
    if unknown:
        active: argparse.ArgumentParser = getattr(options, "parser", parser)
        if unknown[0].startswith("-"):
            options_here = re.findall(r"--[\w-]+", active.format_help())
            active.error(say("There is no option {word} here.", word=unknown[0]) + guess(unknown[0], options_here))
        active.error(say("That is one word too many: {word}", word=unknown[0]))
    return options


def guess(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean …?" for the known word that `word` resembles most, else an empty text."""
    near = did_you_mean(word, known)
    return " " + say("Did you mean {word}?", word=near) if near else ""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where the help is."""

    def error(self, message: str) -> NoReturn:
        """Say `message` on stderr and end with `Exit.USAGE`."""
        wrong = re.search(r"argument (.+?): invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if wrong:
            what, word, choices = wrong[1], wrong[2], re.findall(r"[\w-]+", wrong[3])
            if what == "VERB":
                message = say("There is no verb {word}.", word=word) + guess(word, choices)
            else:
                message = say(
                    "{what} is one of {choices}, not {word}.", what=what, choices=", ".join(choices), word=word
                )
        else:
            message = message[:1].upper() + message[1:]
        more = say("All of it: {command}", command=f"{self.prog} --help")
        sys.stderr.write(f"{message}\n{more}\n")
        sys.exit(Exit.USAGE)


def _parser() -> _Parser:
    common = _common()
    groups = verb_groups()
    parser = _Parser(
        prog="kubetutor",
        usage=say("kubetutor [VERB] [OPTIONS]"),
        description=_overview(groups),
        epilog=_ends(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kubetutor {__version__}", help=say("show the version"))
    verbs = parser.add_subparsers(prog="kubetutor", metavar="VERB", dest="verb", help=argparse.SUPPRESS)
    for group in groups:
        for verb in group.verbs:
            sub = verbs.add_parser(verb.name, description=verb.help, parents=[common], allow_abbrev=False)
            verb.add(sub)
            sub.set_defaults(run=verb.run, parser=sub)
    return parser


def _common() -> _Parser:
    """Return the options that may stand before or after the verb."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    add = common.add_argument
    add(
        "--provider",
        choices=["auto", "kind", "context", "practice"],
        help=say("clusters made with kind, one existing context, or a simulated practice cluster"),
    )
    add("--context", metavar=say("NAME"), help=say("use the existing cluster of this kubeconfig context"))
    add("--yes", action="store_true", help=say("do not ask; for scripts"))
    add("--lang", metavar=say("LANGUAGE"), help=say("speak this language, as en or zh"))
    return common


def _overview(groups: Sequence[Group]) -> str:
    """Return what stands above the options: every verb with one line."""
    lines = [say("A Kubernetes course in the terminal. Without a verb, the app starts.")]
    for group in groups:
        lines += ["", group.title, *(f"  {verb.name:<10} {verb.help}" for verb in group.verbs)]
    return "\n".join(lines)


def _ends() -> str:
    """Return the exit codes, in words."""
    meanings = {
        Exit.OK: say("passed, or done"),
        Exit.FAILED: say("looked, and it is not right yet"),
        Exit.USAGE: say("the command is wrong: an unknown verb, option or id"),
        Exit.BLIND: say("could not look: the cluster is gone"),
        Exit.REFUSED: say("something stands in the way; `kubetutor doctor` may know what"),
        Exit.BROKEN: say("a mistake in kubetutor itself; the log has it"),
        Exit.STOPPED: say("stopped with Ctrl-C"),
    }
    return "\n".join([say("exit codes:"), *(f"  {code.value:<4} {text}" for code, text in meanings.items())])
