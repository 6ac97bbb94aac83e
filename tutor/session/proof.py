"""The proof: every exercise is done on a real cluster, rightly and wrongly, and the checks are held to it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from checkers.live.client import Client
from checkers.live.hidden import NAMESPACE as PROBES
from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, Provider, Report
from tutor.course.model import Course, Exercise, TopologyName
from tutor.errors import TutorError
from tutor.session.api import items, scopes, under, until
from tutor.session.exercise_proof import ExerciseProof, broken
from tutor.session.ground import images_of
from tutor.session.limits import why_not
from tutor.session.nodes import read_nodes
from tutor.session.proof_report import Part, ProofReport

GONE_SECONDS = 20.0
"""What garbage collection may take after the last exercise."""

Tell = Callable[[Part], None]


def prove(
    course: Course,
    ids: Sequence[str],
    provider: Provider,
    workers: int = 4,
    report: Tell = lambda _: None,
    *,
    stages: Report = lambda _: None,
    cancel: Cancel | None = None,
    keep: bool = False,
) -> ProofReport:
    """Prove the exercises `ids` of the course, all of them where it is empty, and return what was found.

    Up to `workers` run side by side, in their own namespaces; those that change nodes run alone. One
    cluster is up at a time, and is removed afterwards but for `keep`. `report` hears of each part as it
    is done, `stages` of the clusters; both from several threads. Raises TutorError for an unknown id,
    Cancelled when stopped.
    """
    began = time.monotonic()
    chosen = _chosen(course, ids)
    parts: list[Part] = []

    def tell(part: Part) -> None:
        parts.append(part)
        report(part)

    proof = _Proof(provider, workers, tell, stages, cancel or Cancel(), keep)
    for topology in TopologyName:
        if group := [each for each in chosen if each.topology is topology and proof.provable(each)]:
            proof.topology(topology, group)
    order = {each.id: number for number, each in enumerate(chosen)}
    parts.sort(key=lambda part: order.get(part.exercise, len(order)))
    return ProofReport(parts=tuple(parts), seconds=time.monotonic() - began)


class _Proof:
    """One run of the proof."""

    def __init__(
        self, provider: Provider, workers: int, tell: Tell, stages: Report, cancel: Cancel, keep: bool
    ) -> None:
        self._provider, self._workers, self._keep = provider, workers, keep
        self._tell, self._stages, self._cancel = tell, stages, cancel

    def provable(self, exercise: Exercise) -> bool:
        """Tell whether the provider can run it; where it cannot, that is reported."""
        message = why_not(exercise, self._provider.name)
        if not message:
            return True
        self._tell(Part(exercise=exercise.id, name="start", outcome="skipped", message=message))
        return False

    def topology(self, topology: TopologyName, group: list[Exercise]) -> None:
        """Prove the exercises of one topology, on one cluster."""
        images = list(dict.fromkeys(image for each in group for image in images_of(each)))
        try:
            cluster = self._provider.up(topology, images, self._stages, self._cancel)
            before = _everything(cluster)
        except TutorError as error:
            for each in group:
                self._tell(broken(each.id, "start", error, 0.0))
            return
        try:
            with tempfile.TemporaryDirectory(prefix="kubetutor-proof-") as folder:
                self._side_by_side(cluster, [each for each in group if not each.exclusive], Path(folder))
                for each in group:
                    if each.exclusive:
                        self._one(cluster, each, Path(folder))
            if self._provider.name != "context":  # others work on a cluster that is not the tutor's own
                self._nothing_left(cluster, before)
        finally:
            if not self._keep:
                self._provider.down(topology, self._stages)

    def _side_by_side(self, cluster: Cluster, group: list[Exercise], folder: Path) -> None:
        """Run exercises at the same time, those with the most answers first, so that none is left to the end."""
        longest = sorted(group, key=lambda each: -len(list(each.folder.glob("*/*.*"))))
        with ThreadPoolExecutor(max(1, self._workers), thread_name_prefix="prove") as pool:
            running = [pool.submit(self._one, cluster, each, folder) for each in longest]
            try:
                for each in running:
                    each.result()
            except BaseException:
                self._cancel.set()  # the others stop, and clean up
                raise

    def _one(self, cluster: Cluster, exercise: Exercise, folder: Path) -> None:
        self._cancel.check()
        tidy = self._keep or self._provider.name == "context"
        ExerciseProof(exercise, cluster, folder / exercise.id, self._tell, self._cancel, tidy=tidy).run()

    def _nothing_left(self, cluster: Cluster, before: dict[str, str]) -> None:
        """Compare the cluster with how it was before any exercise."""
        began = time.monotonic()
        name = f"cluster-{cluster.topology}"
        try:
            after: dict[str, str] = {}

            def same() -> bool:
                nonlocal after
                after = _everything(cluster)
                return after == before

            if until(same, GONE_SECONDS, self._cancel):
                self._tell(Part(exercise=name, name="clean", seconds=time.monotonic() - began))
                return
        except TutorError as error:
            self._tell(broken(name, "clean", error, time.monotonic() - began))
            return
        added = [say("there is now {path}", path=path) for path in sorted(after.keys() - before.keys())]
        gone = [say("there is no more {path}", path=path) for path in sorted(before.keys() - after.keys())]
        other = [say("changed: {path}", path=p) for p in sorted(before.keys() & after.keys()) if before[p] != after[p]]
        self._tell(
            Part(
                exercise=name,
                name="clean",
                outcome="failed",
                seconds=time.monotonic() - began,
                message=say("After all exercises, the cluster is not as it was."),
                text="\n".join(added + gone + other),
            )
        )


def _chosen(course: Course, ids: Sequence[str]) -> list[Exercise]:
    unknown = [id for id in ids if course.exercise(id) is None]
    if unknown:
        raise TutorError(
            say("There is no exercise {ids}.", ids=", ".join(unknown)), hint=say("See them all: kubetutor list")
        )
    return [each for each in course.exercises if not ids or each.id in ids]


def _everything(cluster: Cluster) -> dict[str, str]:
    """Return all cluster-scoped objects by path with what tells them apart: uid, and what exercises change of nodes."""
    with _client(cluster) as client:
        found = {
            under(scope.path, each["metadata"]["name"]): str(each["metadata"]["uid"])
            for scope in scopes(client)
            for each in items(client, scope.path)
            if each["metadata"]["name"] != PROBES
        }
        found |= {f"node {name}": repr(state) for name, state in read_nodes(client).items()}
    return found


@contextmanager
def _client(cluster: Cluster) -> Iterator[Client]:
    client = Client(cluster.kubeconfig)
    try:
        yield client
    finally:
        client.close()
