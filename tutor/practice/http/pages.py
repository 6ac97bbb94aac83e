"""Lists that clients fetch in chunks: each stays as it was when its first chunk went out.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

from collections import OrderedDict

from tutor.practice.api.errors import Obj

KEPT = 64
"""Lists that are held for the chunks that clients have not fetched yet; older ones expire."""


class Pages:
    """Whole lists by revision, path and selector; objects never change, so that holding them is cheap."""

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[int, str, str], list[Obj]] = OrderedDict()

    def hold(self, items: list[Obj], revision: int, path: str, selector: str) -> None:
        """Remember a list for its later chunks."""
        self._lists[revision, path, selector] = items
        while len(self._lists) > KEPT:
            self._lists.popitem(last=False)

    def held(self, revision: int, path: str, selector: str) -> list[Obj] | None:
        """Return a list that was held, None when it is forgotten."""
        return self._lists.get((revision, path, selector))
