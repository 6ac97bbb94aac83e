"""bashkit speaks as bash and the GNU programs do; the images hold busybox, whose words these are."""

from __future__ import annotations

import re

_MISSING = "No such file or directory"
_CLOSED = r"(?:io error: )?filesystem is read-only"
_RULES = [
    (re.compile(pattern, re.M), words)
    for pattern, words in (
        (r"^\S+: line \d+: (\S+): command not found.*$", r"sh: \1: not found"),
        (rf"^\S+: line \d+: cd: (.*): {_MISSING}$", rf"sh: cd: line 0: can't cd to \1: {_MISSING}"),
        (rf"^\S+: line \d+: (/.*/.*): {_MISSING}$", r"sh: can't create \1: nonexistent directory"),
        (rf"^\S+: line \d+: (\S+): {_CLOSED}$", r"sh: can't create \1: CLOSED"),
        (r"^sh: parse error at line \d+, column \d+: ", "sh: "),
        (r"^\S+: line \d+: (.*): unbound variable$", r"sh: \1: parameter not set"),
        (r"^\S+: line \d+: ", "sh: "),
        (r"^sh: .*operand expected.*$", "sh: arithmetic syntax error"),
        (r"^mkdir: cannot create directory", "mkdir: can't create directory"),
        (r"^rm: cannot remove", "rm: can't remove"),
        (r"^rmdir: failed to remove", "rmdir:"),
        (rf"^(?:cp|mv): (?:cannot \w+ ')?(.*?)'?: {_MISSING}", rf"cp: can't stat '\1': {_MISSING}"),
        (r"^mv: cannot move '(.*)': io error: not found", rf"mv: can't rename '\1': {_MISSING}"),
        (r"^sed: can't read (.*): ", r"sed: \1: "),
        (r"^find: '(.*)': ", r"find: \1: "),
        (r"^stat: cannot stat", "stat: can't stat"),
        (rf"^cat: (.*): {_MISSING}", rf"cat: can't open '\1': {_MISSING}"),
        (r"^cat: .*: Is a directory", "cat: read error: Is a directory"),
        (r"^(\w+): cannot \w+ '(.*)': ", r"\1: \2: "),
        (_CLOSED, "CLOSED"),
    )
]


def in_busybox_words(text: str, refusal: str) -> str:
    """Return what bashkit wrote to standard error as busybox would have it; `refusal` says why writing is refused."""
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    return text.replace("CLOSED", refusal)
