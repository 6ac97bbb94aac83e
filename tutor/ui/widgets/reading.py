"""Markdown to read: lessons, tasks, hints and debriefs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from markdown_it.token import Token
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownFence

from checkers.words import say
from tutor.ui.keys import key


class Fence(MarkdownFence):
    """A code block; one of commands carries the number of the key that copies it."""

    def __init__(self, markdown: Markdown, token: Token, code: str) -> None:
        super().__init__(markdown, token, code)
        commands = markdown.commands if isinstance(markdown, Reading) else ()
        number = commands.index(code.rstrip()) + 1 if code.rstrip() in commands else 0
        self.set_class(number > 0, "run")
        if number:
            self.border_title = say("{number}: copy", number=number)


class Reading(Markdown):
    """Markdown whose blocks of commands are numbered."""

    BLOCKS = Markdown.BLOCKS | {"fence": Fence, "code_block": Fence}

    commands: tuple[str, ...] = ()

    async def show(self, text: str, commands: Sequence[str] = ()) -> None:
        """Show `text` instead of what was there; blocks that are among `commands` are numbered by their place there."""
        self.commands = tuple(command.rstrip() for command in commands)
        await self.update(text)


class Scroll(VerticalScroll, inherit_bindings=False):
    """Scrolls up and down only, so that the left and right arrows are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("scroll.up", "up", "scroll_up", show=False),
        key("scroll.down", "down", "scroll_down", show=False),
        key("scroll.page-up", "pageup", "page_up", show=False),
        key("scroll.page-down", "pagedown", "page_down", show=False),
        key("scroll.home", "home", "scroll_home", show=False),
        key("scroll.end", "end", "scroll_end", show=False),
    ]
