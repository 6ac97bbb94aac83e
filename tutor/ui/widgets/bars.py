"""The line at the top that says where one is, and the keys at the bottom."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import Label, Static

from checkers.words import say

NAMES = {"escape": "Esc", "enter": "Enter", "left": "←", "right": "→", "space": "Space", "tab": "Tab"}
"""Keys that Textual would show otherwise."""
LAST = ("app.help", "app.leave")
"""Actions that are named last, on every screen alike."""


def key_name(app: App[Any], binding: Binding) -> str:
    """Return a key as it is written on keyboards."""
    return binding.key_display or NAMES.get(binding.key) or app.get_key_display(binding)


class Simulated(Label):
    """A line that no practice cluster may hide; on others it is not shown."""

    def __init__(self) -> None:
        super().__init__(say("practice cluster: simulated, no containers run"), markup=False)


class TitleBar(Vertical):
    """Where one is on the left, how it stands on the right; below them, that the cluster is simulated, if it is."""

    def __init__(self, title: str, state: str = "") -> None:
        super().__init__()
        self._title = title
        self._state = state

    def compose(self) -> ComposeResult:
        """The line from left to right, and the one below."""
        with Horizontal():
            yield Label(self._title, id="title", markup=False)
            yield Label(self._state, id="state", markup=False)
        yield Simulated()

    def set_state(self, state: str) -> None:
        """Say how it stands now."""
        self.query_one("#state", Label).update(state)


class Banner(Static):
    """A sentence across the page that stays until it is unsaid."""

    def __init__(self) -> None:
        super().__init__(markup=False)

    def tell(self, words: str) -> None:
        """Show `words`, or nothing for an empty text."""
        self.update(words)
        self.display = bool(words)


class KeyBar(Static):
    """The keys that work now; as many lines as they need, none cut off."""

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.call_after_refresh(self._list_keys))

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._list_keys()

    def _list_keys(self) -> None:
        if not self.is_attached or not self.size.width:
            return
        lines: list[list[Content]] = [[]]
        room = self.size.width
        for item in self._items():
            width = cell_len(item.plain) + 2
            if lines[-1] and width > room:
                lines.append([])
                room = self.size.width
            lines[-1].append(item)
            room -= width
        self.update(Content("\n").join(Content("  ").join(line) for line in lines))

    def _items(self) -> list[Content]:
        """Return one `key what-it-does` an action, the app's own last; each can be clicked."""
        items: dict[str, Content] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not active.enabled or binding.action in items:
                continue
            action = binding.action if "." in binding.action else f"screen.{binding.action}"
            items[binding.action] = Content.assemble(
                Content.styled(key_name(self.app, binding), "$footer-key-foreground bold"), " ", binding.description
            ).stylize(Style.from_meta({"@click": action}))
        return [items[action] for action in sorted(items, key=lambda action: action in LAST)]
