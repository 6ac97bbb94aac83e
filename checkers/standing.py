"""How one Pod stands, in a sentence: why it is not ready, and whether waiting makes sense."""

from __future__ import annotations

from dataclasses import dataclass

from checkers.pods import ready
from checkers.words import say
from checkers.world import Obj

HOPELESS = frozenset(
    {
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)


@dataclass(frozen=True)
class Standing:
    """What is up with a Pod."""

    sentence: str
    healing: bool


def standing(pod: Obj) -> Standing:
    """Return how `pod` stands; waiting makes sense unless a container's reason or the scheduler rules it out."""
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if ready(pod):
        return Standing(say("Pod {name} is ready.", name=name), healing=True)
    for each in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (each.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in HOPELESS:
            message = waiting.get("message") or each.get("name")
            words = say("Pod {name}: {reason}: {message}", name=name, reason=waiting["reason"], message=message)
            return Standing(words, healing=False)
    for condition in status.get("conditions") or []:
        if condition.get("reason") == "Unschedulable":
            words = say("Pod {name} has no node: {message}", name=name, message=condition.get("message") or "")
            return Standing(words, healing=False)
    if status.get("phase") == "Failed":
        return Standing(say("Pod {name} has failed.", name=name), healing=False)
    return Standing(say("Pod {name} is not ready yet.", name=name), healing=status.get("phase") != "Succeeded")
