"""What this screen is for and which keys work on it."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, Static

from checkers.words import say
from tutor.ui.base import Dialog
from tutor.ui.widgets.bars import key_name
from tutor.ui.widgets.reading import Scroll


class Help(Dialog[None]):
    """Lists `bindings`, the keys of the screen below, under what the screen is `about`."""

    def __init__(self, about: str, bindings: dict[str, ActiveBinding]) -> None:
        super().__init__()
        self._about = about
        self._listed = bindings

    def compose(self) -> ComposeResult:
        """The purpose, then the keys."""
        with Vertical(classes="panel"):
            yield Label(say("Help"), classes="panel-title")
            with Scroll():
                if self._about:
                    yield Static(self._about, markup=False)
                yield Label(say("Keys"), classes="panel-heading")
                yield Static(self._keys())
                yield Label(say("Everywhere"), classes="panel-heading")
                yield Static(
                    say("Arrows move, Tab goes to the next part, Enter opens, Esc goes back, Page Up and Down scroll."),
                    markup=False,
                )
            yield Label(say("Esc: close"), classes="panel-keys")

    def _keys(self) -> Content:
        """Return one line an action: its keys, then what it does."""
        rows: dict[str, tuple[list[str], str]] = {}
        for active in self._listed.values():
            binding = active.binding
            if binding.id and binding.description and active.enabled:
                keys, _ = rows.setdefault(binding.action, ([], binding.description))
                keys.append(key_name(self.app, binding))
        texts = {", ".join(keys): words for keys, words in rows.values()}
        width = max((cell_len(keys) for keys in texts), default=0)
        return Content("\n").join(
            Content.assemble(Content.styled(keys, "bold"), " " * (width - cell_len(keys) + 2), words)
            for keys, words in texts.items()
        )
