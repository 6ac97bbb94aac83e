"""The watcher: a change is told within a second, the tutor's own doings are not."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkers.live.watch import Watcher
from checkers.live.world import LiveWorld
from checkers.world import Address, Kind, Source

from .conftest import Space, web

pytestmark = pytest.mark.kind
POD, MAP, NODE = Kind("v1", "Pod"), Kind("v1", "ConfigMap"), Kind("v1", "Node")
UNICORN = Kind("example.com/v1", "Unicorn")


class Ear:
    """Remembers what it was told, and waits for it."""

    def __init__(self) -> None:
        self.heard: list[Kind | str] = []
        self._news = threading.Condition()

    def hear(self, kinds: frozenset[Kind]) -> None:
        self.note(*kinds)

    def note(self, *news: Kind | str) -> None:
        with self._news:
            self.heard += news
            self._news.notify_all()

    def hears(self, wanted: Kind | str, within: float) -> bool:
        with self._news:
            return self._news.wait_for(lambda: wanted in self.heard, within)


@pytest.fixture
def ear(world: LiveWorld, space: Space) -> Iterator[Ear]:
    ear = Ear()
    watcher = Watcher(world, {POD, MAP, NODE, UNICORN}, world.namespaces, ear.hear, ear.note)
    watcher.start()
    # Watching began when a change is heard; until then changes are made.
    for number in range(50):
        space.kubectl("create", "configmap", f"start-{number}-{time.monotonic_ns()}")
        if ear.hears(MAP, 0.2):
            break
    ear.heard.clear()
    yield ear
    watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("watch-")]


def test_every_change_is_told_within_a_second(ear: Ear, space: Space) -> None:
    for number in range(5):
        ear.heard.clear()
        space.kubectl("create", "configmap", f"news-{number}")
        assert ear.hears(MAP, 1.0)
        ear.heard.clear()
        space.kubectl("delete", "configmap", f"news-{number}")
        assert ear.hears(MAP, 1.0)


def test_other_namespaces_do_not_count(ear: Ear, space: Space) -> None:
    space.kubectl("create", "configmap", "elsewhere", "-n", "default")
    space.kubectl("delete", "configmap", "elsewhere", "-n", "default")
    space.kubectl("create", "configmap", "here")
    assert ear.hears(MAP, 1.0)
    assert ear.heard == [MAP]


def test_the_tutors_probes_do_not_count(ear: Ear, world: LiveWorld, space: Space) -> None:
    assert world.connect(Source(labels={"app": "web"}), Address("kubernetes.default", 443)).problem == ""
    assert POD not in ear.heard
    space.apply(web(replicas=1))
    assert ear.hears(POD, 5.0)


def test_a_kind_that_comes_later_is_watched(ear: Ear, space: Space) -> None:
    space.apply("""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: unicorns.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: unicorns, singular: unicorn, kind: Unicorn}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
""")
    try:
        assert ear.hears(UNICORN, 10.0)
        ear.heard.clear()
        space.apply("{apiVersion: example.com/v1, kind: Unicorn, metadata: {name: first}}")
        assert ear.hears(UNICORN, 1.0)
    finally:
        space.kubectl("delete", "crd", "unicorns.example.com")


def test_a_cluster_that_is_gone_is_told_once(kubeconfig: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "config"
    elsewhere.write_text(re.sub(r"server: \S+", "server: https://127.0.0.1:1", kubeconfig.read_text()))
    ear = Ear()
    with LiveWorld(elsewhere, ("default",)) as world:
        watcher = Watcher(world, {POD, MAP}, world.namespaces, ear.hear, lambda message: ear.note("lost", message))
        watcher.start()
        assert ear.hears("lost", 10.0)
        watcher.stop()
    assert ear.heard.count("lost") == 1
    assert "Nobody answers at https://127.0.0.1:1" in str(ear.heard[1])


def test_a_broken_connection_is_taken_up_again(ear: Ear, world: LiveWorld, space: Space) -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("watch-"):
            thread.close()  # type: ignore[attr-defined]  # as a proxy or a restarted API server does
    space.kubectl("create", "configmap", f"again-{time.monotonic_ns()}")
    assert ear.hears(MAP, 3.0)
