"""How a state is shown: a sign, a word and a colour, so that none of them is needed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content

from checkers.result import Result, Status
from checkers.words import say
from tutor.course.model import Level


@dataclass(frozen=True)
class Sign:
    """A mark of one cell and the theme's colour for it."""

    mark: str
    colour: str


STATUS: Mapping[Status, Sign] = {
    Status.PASS: Sign("✓", "$text-success"),
    Status.FAIL: Sign("✗", "$text-error"),
    Status.WAIT: Sign("…", "$text-warning"),
    Status.BLOCKED: Sign("·", "$text-muted"),
    Status.ERROR: Sign("?", "$text-accent"),
}
STAGE: Mapping[str, Sign] = {
    "running": Sign("▸", "$text-primary"),
    "done": Sign("✓", "$text-success"),
    "failed": Sign("✗", "$text-error"),
}
PROGRESS: Mapping[str, Sign] = {
    "passed": Sign("✓", "$text-success"),
    "started": Sign("…", "$text-warning"),
    "next": Sign("▸", "$text-primary"),
    "new": Sign(" ", "$text-muted"),
    "refused": Sign("–", "$text-muted"),
}


def status_word(result: Result, waited: float = 0.0) -> str:
    """Return the word beside a check's sign; `waited` is the seconds since it was looked at."""
    match result.status:
        case Status.PASS:
            return say("passes")
        case Status.FAIL:
            return say("fails")
        case Status.WAIT if result.left is not None:
            return say("wait {seconds:.0f} s", seconds=max(0.0, result.left - waited))
        case Status.WAIT:
            return say("wait")
        case Status.BLOCKED:
            return say("later")
        case Status.ERROR:
            return say("unseen")


def level_word(level: Level) -> str:
    """Return how hard an exercise is, in a word."""
    return {Level.EASY: say("easy"), Level.MEDIUM: say("medium"), Level.HARD: say("hard")}[level]


def row(*cells: tuple[str, int, str]) -> Content:
    """Return one line of `(text, width in cells, style)`; a width of 0 takes the text as it is."""
    parts = [Content.styled(fit(text, width) if width else text, style) for text, width, style in cells]
    return Content(" ").join(parts)


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells: padded, or cut with an ellipsis."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(f"{chop_cells(text, max(1, width - 1))[0]}…", width)
