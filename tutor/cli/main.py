"""The command `kubetutor`: from its arguments to an exit code.

Only what `--help` needs is imported here; each verb imports the rest for itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from checkers.words import say, use_language
from tutor.cli.exits import Exit, WordError
from tutor.cli.parser import Options, parse
from tutor.errors import Cancelled, TutorError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see `Exit`). Never raises for what a learner can cause."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    use_language(_language(arguments))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show ✓ shows ?, not a traceback
    try:
        options = parse(arguments)
        code = _run(options)
        sys.stdout.flush()
    except SystemExit as ended:  # argparse, after --help or a usage error
        return ended.code if isinstance(ended.code, int) else Exit.USAGE
    except (KeyboardInterrupt, Cancelled):
        print(say("Stopped."), file=sys.stderr)
        return Exit.STOPPED
    except BrokenPipeError:  # `kubetutor list | head -1`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - the last line before the learner
        from tutor.cli.crash import report

        return report(error, arguments)
    return code


def _run(options: Options) -> int:
    """Call the verb's function, `module:function` under `tutor.cli`."""
    module, function = options.run.split(":")
    try:
        return int(getattr(import_module(f"tutor.cli.{module}"), function)(options))
    except TutorError as error:
        from tutor.cli.out import show_error

        show_error(error)
        return Exit.USAGE if isinstance(error, WordError) else Exit.REFUSED


def _language(arguments: Sequence[str]) -> str:
    """Return the language to speak; it must be known before the help texts are made."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
    for variable in ("KUBETUTOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            name = value.partition(".")[0].partition("_")[0]
            return "en" if name in ("C", "POSIX") else name
    return "en"
