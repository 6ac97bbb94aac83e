"""Keys: every binding has an id, and a description that is translated when it is shown."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import ActiveBinding, Binding

from checkers.words import say


def key(id: str, keys: str, action: str, words: str = "", *, show: bool = True) -> Binding:
    """Return a binding of `keys` (comma-separated) to `action`.

    `id` is what a learner's keymap names. `words` is English: classes are made before the
    language is chosen, so `spoken` translates it each time the keys are listed.
    """
    return Binding(keys, action, words, id=id, show=show)


def spoken(bindings: dict[str, ActiveBinding]) -> dict[str, ActiveBinding]:
    """Return `bindings` with our descriptions in the learner's language; Textual's own have no id and stay."""
    return {
        name: active._replace(binding=replace(active.binding, description=say(active.binding.description)))
        if active.binding.id and active.binding.description
        else active
        for name, active in bindings.items()
    }
