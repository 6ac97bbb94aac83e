"""Clusters in Docker by kind: made, found again, mended, and removed when asked; never anybody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.base import Cluster, ClusterStatus, Report
from tutor.clusters.docker import Container
from tutor.clusters.kind import program
from tutor.clusters.kind.creation import create, triaged
from tutor.clusters.kind.images import Early, ensure_images
from tutor.clusters.kind.owned import own, recover, remove, sort_out
from tutor.clusters.kind.readiness import Wanted, look, wait_ready
from tutor.clusters.kind.record import Folder, Record
from tutor.clusters.kind.stages import Progress, plan, plan_again
from tutor.clusters.kind.topologies import TOPOLOGIES, Topology, find, tag
from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.clusters.nodes import DockerNodes
from tutor.errors import TutorError

PROBE_IMAGE = "busybox:1.37"
"""What the tutor's own probe Pods run; always brought along."""
FRESH_TIMEOUT = 300.0
STARTED_TIMEOUT = 180.0
RUNNING_TIMEOUT = 15.0
"""Seconds for a cluster that runs: an exercise may have broken a node of it on purpose."""
SILENCE = 60.0
"""Seconds after which an API server that does not answer is given up."""
MACHINES = ("control-plane", "worker")


class KindProvider:
    """Makes clusters named `<prefix>-<topology>`, each with a private kubeconfig under `home`."""

    name = "kind"

    def __init__(self, home: Path, prefix: str = "kubetutor") -> None:
        self._home = home
        self._prefix = prefix

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        """Return the cluster of `topology` with `images` on its nodes, making or mending what is needed.

        A new cluster is ready. Of one that is there, stopped nodes are started; what an
        exercise broke in it stays broken, as long as its API server answers. Raises TutorError
        when it cannot, Cancelled when the learner stopped it (Ctrl-C counts); a half-made
        cluster is removed in both cases.
        """
        shape, name, folder = find(topology), self._name(topology), self._folder(topology)
        wanted = list(dict.fromkeys([PROBE_IMAGE, *images]))
        with folder.locked(name):
            record = folder.load(topology)
            progress = Progress(plan(shape), record.seconds, report)
            try:
                existing = own(name, folder, record)
                if not existing or not self._revive(name, shape, existing, folder, record, progress, cancel):
                    if existing or record.state:
                        remove(name, folder, record)
                    progress.keys = plan(shape)
                    self._make(name, shape, wanted, folder, record, progress, cancel)
                machines = [each.name for each in docker.containers(name) if each.role in MACHINES]
                progress.start("load")
                ensure_images(name, machines, wanted, progress, cancel)
                progress.done()
            except BaseException:
                progress.failed()
                raise
            record.seconds.update(progress.seconds)
            folder.save(record)
        return Cluster(
            name=name,
            provider=self.name,
            topology=topology,
            kubeconfig=folder.kubeconfig,
            server=_server(folder.kubeconfig),
            version=tag(record.image),
            nodes=DockerNodes(name),
        )

    def status(self) -> list[ClusterStatus]:
        """Return the clusters that the tutor made, up or not. Raises TutorError without Docker."""
        there = docker.clusters()
        found = []
        for topology, shape in TOPOLOGIES.items():
            name, folder = self._name(topology), self._folder(topology)
            record = folder.load(topology)
            ours, _ = sort_out(there.get(name, []), folder, record)
            if ours:
                state, detail = _state(shape, ours, folder, record)
                found.append(
                    ClusterStatus(
                        name=name,
                        provider=self.name,
                        topology=topology,
                        state=state,
                        version=tag(record.image),
                        nodes=tuple((each.name, each.state) for each in ours),
                        detail=detail,
                    )
                )
        return found

    def down(self, topology: str, report: Report) -> bool:
        """Remove the cluster of `topology`; False if there is none. Raises TutorError for one of somebody else's."""
        del report  # a removal takes a second or two
        name, folder = self._name(topology), self._folder(topology)
        with folder.locked(name):
            record = folder.load(topology)
            own(name, folder, record)
            return remove(name, folder, record)

    def _name(self, topology: str) -> str:
        return f"{self._prefix}-{topology}"

    def _folder(self, topology: str) -> Folder:
        find(topology)
        return Folder(self._home / "clusters" / self._name(topology))

    def _make(
        self,
        name: str,
        shape: Topology,
        images: Sequence[str],
        folder: Folder,
        record: Record,
        progress: Progress,
        cancel: Cancel,
    ) -> None:
        """Make the cluster and wait until it is ready; whatever goes wrong, nothing half-made stays."""
        early = Early(name, images)
        try:
            create(name, shape, folder, record, progress, cancel, early.begin)
            progress.start("ready")
            kubectl = Kubectl(find_kubectl(tag(record.image)), folder.kubeconfig)
            seen = wait_ready(
                *(kubectl, _wanted(shape), progress, cancel), timeout=FRESH_TIMEOUT, silence=FRESH_TIMEOUT
            )
            if seen.lacks:
                raise triaged(name, folder, record, _not_ready(seen.lacks, FRESH_TIMEOUT))
            progress.start("load")
            early.finish(progress, cancel)
            record.state = "made"
            folder.save(record)
        except BaseException as error:  # Ctrl-C included: containers must not outlive it
            early.stop()
            self._undo(name, folder, record, interrupted=not isinstance(error, TutorError))
            raise

    def _undo(self, name: str, folder: Folder, record: Record, *, interrupted: bool) -> None:
        """Remove a half-made cluster. Where Docker itself is gone, the record says so to the next start."""
        if not record.state:
            return  # nothing was begun
        with suppress(TutorError):  # what went wrong first is what the learner must know
            remove(name, folder, record, settle=interrupted and not record.containers)

    def _revive(
        self,
        name: str,
        shape: Topology,
        existing: Sequence[Container],
        folder: Folder,
        record: Record,
        progress: Progress,
        cancel: Cancel,
    ) -> bool:
        """Use the cluster that is there: start what is stopped, wait for it. False if it is past mending."""
        machines = [each for each in existing if each.role in MACHINES]
        recovered = recover(record, existing)
        if record.state != "made" or len(machines) != shape.control_planes + shape.workers:
            return False
        stopped = any(each.state != "running" for each in existing)
        progress.keys = plan_again(stopped)
        if stopped:
            progress.start("start")
            if not _start(existing, record, progress, cancel):
                return False
        progress.start("ready")
        kubectl = Kubectl(find_kubectl(tag(record.image)), folder.kubeconfig)
        wanted = _wanted(shape, docker.started([each.id for each in machines]))
        # Docker may have given the API server's port anew, and a kubeconfig may get lost or damaged.
        if stopped or not look(kubectl, wanted, cancel).answers:
            program.export_kubeconfig(name, folder, cancel)
        timeout = STARTED_TIMEOUT if stopped else RUNNING_TIMEOUT
        seen = wait_ready(kubectl, wanted, progress, cancel, timeout=timeout, silence=SILENCE)
        return seen.answers and not (recovered and seen.lacks)


def _state(shape: Topology, ours: Sequence[Container], folder: Folder, record: Record) -> tuple[str, str]:
    """Return the state of a cluster, and one thing that is wrong with it."""
    recover(record, ours)
    if record.state == "creating":
        return "creating", ""
    stopped = [each.name for each in ours if each.state != "running"]
    if stopped:
        return "stopped", ""
    machines = [each for each in ours if each.role in MACHINES]
    if len(machines) != shape.control_planes + shape.workers:
        return "broken", say("a node is gone")
    seen = look(Kubectl(find_kubectl(tag(record.image)), folder.kubeconfig), _wanted(shape))
    return ("broken", say("not ready: {what}", what=seen.lacks)) if seen.lacks else ("ready", "")


def _start(existing: Sequence[Container], record: Record, progress: Progress, cancel: Cancel) -> bool:
    """Start stopped nodes in the order of their addresses; False when one does not start, or lost what it needs.

    Docker gives the lowest free address, and several control planes know each other by it:
    https://github.com/kubernetes-sigs/kind/issues/1689
    """

    def address(each: Container) -> tuple[int, ...]:
        return tuple(int(part) for part in record.addresses.get(each.name, "").split(".") if part.isdigit())

    for each in sorted(existing, key=address):
        if each.state == "running":
            continue
        progress.detail(each.name)
        verb = "unpause" if each.state == "paused" else "start"
        if docker.docker(verb, each.name, timeout=60, cancel=cancel).code != 0:
            return False
    members = [each.id for each in existing if each.role == "control-plane"]
    if len(members) == 1:
        return True  # alone, a node puts a moved address right when it boots
    return all(record.addresses.get(name, now) == now for name, now in docker.addresses(members).items())


def _wanted(shape: Topology, since: Mapping[str, str] | None = None) -> Wanted:
    return Wanted(shape.control_planes + shape.workers, shape.network, since or {})


def _not_ready(lacks: str, seconds: float) -> TutorError:
    return TutorError(
        say("The cluster does not become ready."),
        say("After {seconds:.0f} s this is still not ready: {what}", seconds=seconds, what=lacks),
        say("The machine may be too busy. Close other programs and try again; kubetutor doctor looks for more."),
    )


def _server(kubeconfig: Path) -> str:
    try:
        data = yaml.safe_load(kubeconfig.read_text())
        return str(data["clusters"][0]["cluster"]["server"])
    except (OSError, ValueError, KeyError, IndexError, TypeError, yaml.YAMLError) as error:
        raise TutorError(
            say("The tutor's kubeconfig cannot be read."),
            f"{kubeconfig}: {error}",
            say("Try again; the tutor fetches it anew."),
        ) from error
