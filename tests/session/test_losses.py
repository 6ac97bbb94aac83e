"""How it is said that the cluster, a node or a namespace went away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checkers.live.client import Reply
from checkers.world import LookError
from tutor.clusters.base import ClusterStatus
from tutor.errors import TutorError
from tutor.session import losses
from tutor.session.events import Lost


class FakeProvider:
    name = "kind"

    def __init__(self, *known: ClusterStatus, trouble: TutorError | None = None) -> None:
        self.known, self.trouble = list(known), trouble

    def status(self) -> list[ClusterStatus]:
        if self.trouble:
            raise self.trouble
        return self.known


def cluster(state: str, *nodes: tuple[str, str]) -> ClusterStatus:
    return ClusterStatus(name="kubetutor-single", provider="kind", topology="single", state=state, nodes=nodes)


def ground(answer: Reply | LookError) -> Any:
    def request(method: str, path: str) -> Reply:
        if isinstance(answer, LookError):
            raise answer
        return answer

    client = SimpleNamespace(request=request)
    return SimpleNamespace(world=SimpleNamespace(client=client), cluster=SimpleNamespace(topology="single"))


HERE = Reply(200, b'{"metadata": {"uid": "1"}}')
GOING = Reply(200, b'{"metadata": {"uid": "1", "deletionTimestamp": "2026-11-23T15:00:00Z"}}')
OTHER = Reply(200, b'{"metadata": {"uid": "2"}}')
GONE = Reply(404, b"{}")
REFUSED = Reply(500, b"{}")


@pytest.mark.parametrize(
    ("answer", "lost"), [(HERE, False), (GOING, True), (OTHER, True), (GONE, True), (REFUSED, False)]
)
def test_a_namespace_is_lost_when_it_is_not_the_one_that_was_made(answer: Reply, lost: bool) -> None:
    found = losses.look(ground(answer), FakeProvider(), {"shop": "1"})
    assert bool(found) is lost
    if found:
        assert found.what == "namespace"
        assert "shop" in found.message
        assert "kubetutor reset" in found.hint


NOBODY = LookError("Nobody answers.")


@pytest.mark.parametrize(
    ("provider", "what", "words"),
    [
        (FakeProvider(), "cluster", "is gone: it was deleted"),
        (
            FakeProvider(cluster("stopped", ("kubetutor-single-control-plane", "exited"))),
            "node",
            "does not run (exited)",
        ),
        (FakeProvider(cluster("broken", ("kubetutor-single-control-plane", "running"))), "cluster", "Nobody answers."),
        (FakeProvider(trouble=TutorError("Docker does not answer.")), "cluster", "Nobody answers."),
    ],
)
def test_a_cluster_that_does_not_answer_is_explained_as_far_as_the_provider_knows(
    provider: FakeProvider, what: str, words: str
) -> None:
    found = losses.look(ground(NOBODY), provider, {"shop": "1"})
    assert isinstance(found, Lost)
    assert found.what == what
    assert words in found.message
    assert "kubetutor reset" in found.hint


def test_a_worker_that_stopped_is_lost_though_the_cluster_answers() -> None:
    nodes = (("kubetutor-pair-control-plane", "running"), ("kubetutor-pair-worker", "exited"))
    found = losses.lost_node(ground(HERE), FakeProvider(cluster("stopped", *nodes)))
    assert found
    assert "kubetutor-pair-worker" in found.message
    assert losses.lost_node(ground(HERE), FakeProvider(cluster("ready", nodes[0]))) is None
    assert losses.lost_node(ground(HERE), FakeProvider(trouble=TutorError("Docker does not answer."))) is None
