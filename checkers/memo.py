"""A World that asks for the same thing once: one consistent look for all checks of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from checkers.world import Kind, Obj, World


class Memo:
    """Wraps a World for one run; objects, lists, logs and raw paths are fetched once each.

    The objects are shared: a check reads them and changes nothing. What acts (requests,
    commands, dry runs, questions of access) goes through every time. Safe to use from
    many threads: whoever asks second waits for the first one's answer.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._answers: dict[tuple[Any, ...], _Answer] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Obj | None:
        """Return the object, or None."""
        found: Obj | None = self._once(("get", kind, name, namespace), lambda: self._world.get(kind, name, namespace))
        return found

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "") -> list[Obj]:
        """Return objects, as the World does."""
        key = ("list", kind, namespace, selector)
        found: list[Obj] = self._once(key, lambda: self._world.list(kind, namespace, selector))
        return found

    def logs(
        self, pod: str, container: str = "", namespace: str | None = None, *, previous: bool = False, lines: int = 200
    ) -> str:
        """Return log lines, as the World does."""
        key = ("logs", pod, container, namespace, previous, lines)
        text: str = self._once(key, lambda: self._world.logs(pod, container, namespace, previous=previous, lines=lines))
        return text

    def raw(self, path: str) -> Any:
        """GET an API path, as the World does."""
        return self._once(("raw", path), lambda: self._world.raw(path))

    def _once(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
        return answer.given(ask)


class _Answer:
    """One answer, asked for by the first who wants it; an error is as good as an answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = False
        self._value: Any = None
        self._error: Exception | None = None

    def given(self, ask: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._done:
                try:
                    self._value = ask()
                except Exception as error:  # noqa: BLE001 - raised again for everybody who asks
                    self._error = error
                self._done = True
        if self._error is not None:
            raise self._error
        return self._value
