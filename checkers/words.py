"""The words a learner reads, ready for translation.

Every sentence goes through `say` or `say_n`: whole sentences with named
parameters, never glued together, so that a catalogue can reorder them.
"""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "kubetutor"
LOCALE_DIR = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


class PseudoLocale(gettext.NullTranslations):
    """Marks every translated sentence, so that a test finds what was hard-coded."""

    def gettext(self, message: str) -> str:
        """Return `message` between ⟦ and ⟧, its placeholders left alone."""
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for `n` between ⟦ and ⟧."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def use_language(language: str) -> None:
    """Speak `language` (`en`, `zh`, …) from now on; `pseudo` marks every sentence.

    A language without a catalogue falls back on English.
    """
    global _catalogue, _language
    _language = language
    if language == "pseudo":
        _catalogue = PseudoLocale()
    else:
        _catalogue = gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


def language() -> str:
    """Return the language in use, for choosing `task.zh.md` beside `task.md`."""
    return _language


def say(sentence: str, **parameters: object) -> str:
    """Translate `sentence`, then fill in its named parameters.

    Raises KeyError when a parameter that the sentence names is missing.
    """
    translated = _catalogue.gettext(sentence)
    return translated.format(**parameters) if parameters else translated


def mark(sentence: str) -> str:
    """Return `sentence` as it is: for tables of sentences that are translated when they are shown."""
    return sentence


def say_n(one: str, many: str, n: int, **parameters: object) -> str:
    """Translate the form that fits the count `n`, which is also the parameter `{n}`."""
    return _catalogue.ngettext(one, many, n).format(n=n, **parameters)
