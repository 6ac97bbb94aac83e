"""Which exercises a provider cannot run, and why: what is simulated, or somebody else's, has its limits."""

from __future__ import annotations

from checkers.words import mark, say
from tutor.course.model import Exercise, Needs, TopologyName
from tutor.errors import TutorError

REASONS = {
    Needs.REAL_CONTAINERS: mark("It needs real containers, and the practice cluster only simulates them."),
    Needs.NODES: mark("It works on the machines under a cluster, and the practice cluster has none."),
    Needs.HA: mark("It works on several control planes, and the practice cluster has none of them."),
}


def why_not(exercise: Exercise, provider: str) -> str:
    """Return why the provider of that name cannot run the exercise; empty when it can."""
    if provider == "practice" and (reason := REASONS.get(exercise.needs)):
        return say(reason)
    if provider == "context" and (exercise.exclusive or exercise.topology is not TopologyName.SINGLE):
        return say("It needs a cluster that the tutor made.")
    return ""


def refusal(exercise: Exercise, provider: str) -> TutorError | None:
    """Return what is to be said of an exercise that the provider cannot run; it says how to get one that can."""
    reason = why_not(exercise, provider)
    if not reason:
        return None
    if provider == "practice":
        return TutorError(
            say("{title} cannot be done on the practice cluster.", title=exercise.title),
            reason,
            say("Install Docker and kind (kubetutor doctor tells how), then: kubetutor start {id}", id=exercise.id),
        )
    return TutorError(
        say("{title} changes nodes, and those of your own cluster are not touched.", title=exercise.title)
        if exercise.exclusive
        else say("{title} needs a cluster of its own.", title=exercise.title),
        reason,
        say("With Docker and kind: kubetutor --provider kind start {id}", id=exercise.id),
    )
