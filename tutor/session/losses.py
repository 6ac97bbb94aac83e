"""Noticing that the ground went away under an exercise: its namespace, a node, or the whole cluster."""

from __future__ import annotations

from checkers.words import say
from checkers.world import LookError
from tutor.clusters.base import ClusterStatus, Provider
from tutor.errors import TutorError
from tutor.session.api import under
from tutor.session.events import Lost
from tutor.session.ground import Ground
from tutor.session.setup import NAMESPACES


def lost_namespace(ground: Ground, uids: dict[str, str]) -> Lost | None:
    """Return what is said when one of the exercise's namespaces is not the one that was made. Raises LookError."""
    for name, uid in uids.items():
        reply = ground.world.client.request("GET", under(NAMESPACES, name))
        if reply.status == 200:
            meta = reply.data["metadata"]
            if meta["uid"] == uid and not meta.get("deletionTimestamp"):
                continue
        elif reply.status != 404:
            continue  # it cannot be told: no reason for alarm
        return Lost(
            "namespace",
            say("The namespace {name} was deleted, and the exercise's objects with it.", name=name),
            say("Set the exercise up anew: kubetutor reset"),
        )
    return None


def lost_cluster(ground: Ground, provider: Provider, why: str) -> Lost:
    """Return what is said when the cluster does not answer; the provider tells why, where it knows."""
    status = _status(provider, ground.cluster.topology)
    if status and status.state == "absent":
        return no_cluster(ground.cluster.topology)
    if status and (node := _stopped(status)):
        return _lost_node(*node)
    return Lost("cluster", why, say("Bring it back, with the exercise at its start: kubetutor reset"))


def no_cluster(topology: str) -> Lost:
    """Return what is said when the cluster was deleted."""
    return Lost(
        "cluster",
        say("The cluster of this exercise ({topology}) is gone: it was deleted.", topology=topology),
        say("Make it again, with the exercise at its start: kubetutor reset"),
    )


def lost_node(ground: Ground, provider: Provider) -> Lost | None:
    """Return what is said when a node's machine has stopped though the cluster answers."""
    status = _status(provider, ground.cluster.topology)
    node = _stopped(status) if status else None
    return _lost_node(*node) if node else None


def look(ground: Ground, provider: Provider, uids: dict[str, str]) -> Lost | None:
    """Return what is lost now, None when all is there. That nobody answers is a finding, too."""
    try:
        return lost_namespace(ground, uids)
    except LookError as error:
        return lost_cluster(ground, provider, str(error))


def state_of(provider: Provider, topology: str) -> str:
    """Return the state of the cluster of a topology, as in ClusterStatus; `unknown` when nobody can tell."""
    status = _status(provider, topology)
    return status.state if status else "unknown"


def _status(provider: Provider, topology: str) -> ClusterStatus | None:
    """Return how the provider sees the cluster; None when it cannot tell."""
    try:
        known = provider.status()
    except TutorError:
        return None
    gone = ClusterStatus(name=topology, provider=provider.name, topology=topology, state="absent")
    return next((each for each in known if each.topology == topology), gone)


def _stopped(status: ClusterStatus) -> tuple[str, str] | None:
    """Return the name and state of a node that does not run."""
    return next((node for node in status.nodes if node[1].lower() not in ("running", "ready")), None)


def _lost_node(name: str, state: str) -> Lost:
    return Lost(
        "node",
        say("The node {name} does not run ({state}).", name=name, state=state),
        say("Bring it back, with the exercise at its start: kubetutor reset"),
    )
