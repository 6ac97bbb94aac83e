"""A list to move in; what Enter does is the screen's to say, and to name in the key bar."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import OptionList

from tutor.ui.keys import key


class Rows(OptionList, inherit_bindings=False):
    """An OptionList that moves only; Enter, the pages and the other keys reach the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("rows.up", "up,k", "cursor_up", show=False),
        key("rows.down", "down,j", "cursor_down", show=False),
        key("rows.first", "home", "first", show=False),
        key("rows.last", "end", "last", show=False),
    ]
