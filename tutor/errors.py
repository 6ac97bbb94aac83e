"""The one family of errors that a learner sees."""

from __future__ import annotations


class TutorError(Exception):
    """Something went wrong that a person can do something about.

    `title` is what happened in a few words, `message` why, `hint` what to do next
    (a command where there is one). All are whole sentences, translated.
    """

    def __init__(self, title: str, message: str = "", hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the parts on lines of their own."""
        return "\n".join(part for part in (self.title, self.message, self.hint) if part)


class Cancelled(Exception):
    """The learner stopped what was under way; nothing is left behind."""
