"""How the command line prints: data on stdout, the rest on stderr; plain where it is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from checkers.words import say
from tutor.errors import TutorError

WIDE = 10_000
"""Columns of a line that goes into a pipe: it is never wrapped, so that grep and awk see whole rows."""


@cache
def stdout() -> Console:
    """Return the console for data. rich honours NO_COLOR, TERM and COLUMNS."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


@cache
def stderr() -> Console:
    """Return the console for everything that is not data."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def note(sentence: str, style: str = "") -> None:
    """Say one sentence beside the data."""
    stderr().print(Text(sentence, style))


def heading(text: str) -> None:
    """Print a heading above data."""
    stdout().print(Text(text, "bold"))


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Collection[int] = (),
    widths: Mapping[int, int] | None = None,
) -> None:
    """Print `rows` under `heads` as kubectl does: columns, no lines.

    The columns in `right` are numbers; those in `widths` are at least that many cells
    wide, so that several tables line up.
    """
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(heads))
    for position, head in enumerate(heads):
        justify: JustifyMethod = "right" if position in right else "left"
        grid.add_column(head, justify=justify, overflow="fold", min_width=(widths or {}).get(position))
    for row in rows:
        grid.add_row(*row)
    emit(grid)


def emit(data: RenderableType) -> None:
    """Print `data` on stdout; in a pipe, without the blanks that pad a line."""
    console = stdout()
    if console.is_terminal:
        console.print(data)
        return
    with console.capture() as captured:
        console.print(data)
    for line in captured.get().splitlines():
        console.out(line.rstrip())


def markdown(text: str) -> None:
    """Print Markdown: rendered on a terminal, as it is written into a pipe."""
    console = stdout()
    if console.is_terminal:
        from rich.markdown import Markdown  # a tenth of a second, which most verbs need not spend

        console.print(Padding(Markdown(text.strip(), code_theme="ansi_dark"), (0, 0, 1, 0)))
    else:
        console.out(text.strip())


def show_error(error: TutorError) -> None:
    """Show what happened, why, and the way out, on stderr."""
    console = stderr()
    if not console.is_terminal:
        console.print(Text("\n".join(part for part in (error.title, error.message, error.hint) if part)))
        return
    parts = [Text(error.message)] if error.message else []
    if error.hint:
        parts.append(Text.assemble((say("What to do: "), "bold"), error.hint))
    body = Text("\n\n").join(parts) if parts else Text(error.title)
    title = Text(error.title, "bold") if parts else None
    console.print(Panel(body, title=title, title_align="left", border_style="red", expand=False))


def ask(question: str) -> bool:
    """Ask a question that is answered with y or n; an empty answer and a closed input are no."""
    stderr().print(Text(f"{question} [y/N] "), end="")
    try:
        return input().strip().lower() in ("y", "yes")
    except EOFError:
        return False
