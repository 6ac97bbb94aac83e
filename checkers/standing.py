"""How a Pod or a workload stands, for checks that need it to run: why it does not, and whether waiting helps."""

from __future__ import annotations

from dataclasses import dataclass

from checkers.causes import cause
from checkers.pods import ready
from checkers.words import say
from checkers.world import Obj, World


@dataclass(frozen=True)
class Standing:
    """What is up with an object: a sentence, a command to look with ("" for the usual one)."""

    sentence: str
    look: str
    healing: bool


def standing(world: World, obj: Obj) -> Standing:
    """Return how `obj`, a Pod or a workload, stands; waiting makes sense unless its cause is terminal."""
    name = obj["metadata"]["name"]
    why = cause(world, obj)
    if why is not None:
        # One sentence and its proof: the log line or event says more than the reason.
        sentence = f"{why.sentence} {why.evidence}" if why.evidence else why.sentence
        return Standing(sentence, why.look, healing=not why.terminal)
    if obj.get("kind") == "Pod" and ready(obj):
        return Standing(say("Pod {name} is ready.", name=name), "", healing=True)
    return Standing(say("{kind} {name} is not ready yet.", kind=obj.get("kind"), name=name), "", healing=True)
