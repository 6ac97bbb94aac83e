"""Which Pods answer at an address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from checkers.pods import POD, leaving
from checkers.services import Backend
from checkers.words import say
from checkers.world import Response, World


class AnsweredBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Pods that must answer, all of them and nobody else: by labels, or by name."""

    selector: str = ""
    names: list[str] = []
    namespace: str | None = None

    def problems(self) -> list[str]:
        """Return what is wrong with it, for the author."""
        return [] if bool(self.selector) != bool(self.names) else ["answered_by: either selector or names"]

    def pods(self, world: World) -> set[str]:
        """Return the names of the Pods that must answer."""
        if self.names:
            return set(self.names)
        found = world.list(POD, self.namespace, self.selector)
        return {str(pod["metadata"]["name"]) for pod in found if not leaving(pod)}

    def spoken(self) -> str:
        """Return who must answer, as a sentence."""
        if self.names:
            return say("Answered by {names}, and nobody else.", names=", ".join(self.names))
        return say("Answered by the Pods with {selector}: all of them, and nobody else.", selector=self.selector)


@dataclass(frozen=True)
class Answerers:
    """Who answered, and who must not or did not."""

    seen: frozenset[str]
    strangers: tuple[str, ...]
    missing: tuple[str, ...]


def answerers(
    world: World,
    wanted: AnsweredBy,
    responses: Sequence[Response],
    backend: Backend | None,
    ask: Callable[[str, int], Response],
    port: int,
) -> Answerers:
    """Find out who answers: Pods whose names stand in the answers, and the Service's endpoints.

    Chance may leave an endpoint out of a few requests, so those not seen are asked directly by
    `ask(address, port)`. A ready endpoint counts as a stranger even when chance spared it.
    """
    expected = wanted.pods(world)
    spaces = {wanted.namespace or world.namespace} | ({backend.namespace} if backend else set())
    known = {str(pod["metadata"]["name"]) for space in spaces for pod in world.list(POD, space)} | expected
    seen = {name for response in responses for name in known if _names(response, name)}
    endpoints = dict(zip(backend.ready, backend.addresses, strict=True)) if backend else {}
    target = (backend.target(port) if backend else None) or port
    for name in sorted((set(endpoints) & expected) - seen):
        if not ask(endpoints[name], target).problem:
            seen.add(name)
    strangers = (seen | set(endpoints)) - expected
    return Answerers(frozenset(seen), tuple(sorted(strangers)), tuple(sorted(expected - seen)))


def _names(response: Response, pod: str) -> bool:
    return pod in response.body or any(pod in value for value in response.headers.values())
