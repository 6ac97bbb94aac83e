"""Clusters in Docker by kind: made, found again, mended, and removed when asked; never anybody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.base import Cluster, ClusterStatus, Report
from tutor.clusters.docker import Container
from tutor.clusters.kind import images as node_images
from tutor.clusters.kind import triage
from tutor.clusters.kind.readiness import is_ready, wait_ready
from tutor.clusters.kind.record import Folder, Record
from tutor.clusters.kind.stages import Progress, plan
from tutor.clusters.kind.topologies import (
    BALANCER,
    DEFAULT_NODE,
    TOPOLOGIES,
    Topology,
    choose_image,
    configuration,
    find,
)
from tutor.clusters.kind.version import check_kind
from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.clusters.nodes import DockerNodes
from tutor.clusters.process import run
from tutor.errors import Cancelled, TutorError

PROBE_IMAGE = "busybox:1.37"
"""What the tutor's own probe Pods run; always brought along."""
CREATE_TIMEOUT = 900.0
READY_TIMEOUT = 300.0


class KindProvider:
    """Makes clusters named `<prefix>-<topology>`, each with a private kubeconfig under `home`."""

    name = "kind"

    def __init__(self, home: Path, prefix: str = "kubetutor") -> None:
        self._home = home
        self._prefix = prefix

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        """Return a ready cluster of `topology` with `images` on its nodes, making or mending what is needed.

        Raises TutorError when it cannot, Cancelled when the learner stopped it (Ctrl-C
        counts); a half-made cluster is removed in both cases.
        """
        shape, name, folder = find(topology), self._name(topology), self._folder(topology)
        with folder.locked(name):
            record = folder.load(topology)
            progress = Progress(plan(shape), record.seconds, report)
            existing = self._own(name, docker.containers(name), record)
            if existing and not self._revive(name, shape, existing, record, folder, progress, cancel):
                self._remove(name, folder, record)
                existing = []
            if not existing:
                progress = Progress(plan(shape), record.seconds, report)
                self._create(name, shape, record, folder, progress, cancel)
            nodes = [each.name for each in docker.containers(name) if each.role in ("control-plane", "worker")]
            progress.start("load")
            node_images.ensure(name, nodes, list(dict.fromkeys([PROBE_IMAGE, *images])), progress, cancel)
            kubectl = Kubectl(find_kubectl(_version(record.image)), folder.kubeconfig)
            progress.start("ready")
            wait_ready(kubectl, len(nodes), shape.network, READY_TIMEOUT, progress, cancel)
            progress.done()
            record.seconds.update(progress.seconds)
            folder.save(record)
        return Cluster(
            name=name,
            provider=self.name,
            topology=topology,
            kubeconfig=folder.kubeconfig,
            server=_server(folder.kubeconfig),
            version=_version(record.image),
            nodes=DockerNodes(name),
        )

    def status(self) -> list[ClusterStatus]:
        """Return the clusters that the tutor made, up or not. Raises TutorError without Docker."""
        found = []
        for topology in TOPOLOGIES:
            name, folder = self._name(topology), self._folder(topology)
            record = folder.load(topology)
            nodes = [each for each in docker.containers(name) if each.id in record.containers or record.state]
            if not nodes:
                continue
            running = all(each.state == "running" for each in nodes)
            state = "creating" if record.state == "creating" else "stopped" if not running else "ready"
            if state == "ready":
                kubectl = Kubectl(find_kubectl(_version(record.image)), folder.kubeconfig)
                machines = [each for each in nodes if each.role in ("control-plane", "worker")]
                state = "ready" if is_ready(kubectl, len(machines), TOPOLOGIES[topology].network) else "broken"
            found.append(
                ClusterStatus(
                    name=name,
                    provider=self.name,
                    topology=topology,
                    state=state,
                    version=_version(record.image),
                    nodes=tuple((each.name, each.state) for each in nodes),
                )
            )
        return found

    def down(self, topology: str, report: Report) -> bool:
        """Remove the cluster of `topology`; False if there is none. Raises TutorError for one of somebody else's."""
        del report  # a removal takes a second or two
        name, folder = self._name(topology), self._folder(topology)
        with folder.locked(name):
            record = folder.load(topology)
            there = bool(self._own(name, docker.containers(name), record))
            self._remove(name, folder, record)
        return there

    def _name(self, topology: str) -> str:
        return f"{self._prefix}-{topology}"

    def _folder(self, topology: str) -> Folder:
        find(topology)
        return Folder(self._home / "clusters" / self._name(topology))

    def _own(self, name: str, existing: list[Container], record: Record) -> list[Container]:
        """Return `existing` if the tutor made it all. Raises TutorError if somebody else did."""
        foreign = [each for each in existing if each.id not in record.containers]
        # Between "creating" and the end nobody has written the ids down yet; the lock was ours.
        if foreign and record.state != "creating":
            raise TutorError(
                say("There is a cluster named {name} that this tutor did not make.", name=name),
                say("Its node {node} is not in the tutor's records, so it is left alone.", node=foreign[0].name),
                say("If nobody needs it: kind delete cluster --name {name}", name=name),
            )
        return existing

    def _revive(
        self,
        name: str,
        shape: Topology,
        existing: list[Container],
        record: Record,
        folder: Folder,
        progress: Progress,
        cancel: Cancel,
    ) -> bool:
        """Use the cluster that is there: start stopped nodes, wait for it. False if it is past mending."""
        expected = shape.control_planes + shape.workers
        machines = [each for each in existing if each.role in ("control-plane", "worker")]
        if record.state != "made" or len(machines) != expected:
            return False
        stopped = [each for each in existing if each.state != "running"]
        if stopped:
            progress.start("start")
            for each in stopped:
                cancel.check()
                verb = "unpause" if each.state == "paused" else "start"
                if docker.docker(verb, each.name, timeout=60, cancel=cancel).code != 0:
                    return False
        if stopped or not folder.kubeconfig.is_file():
            # Docker may have given the API server's port anew.
            ran = self._kind(["export", "kubeconfig", "--name", name], folder, timeout=60, cancel=cancel)
            if ran.code != 0:
                return False
        kubectl = Kubectl(find_kubectl(_version(record.image)), folder.kubeconfig)
        try:
            wait_ready(kubectl, expected, shape.network, 120.0 if stopped else 45.0, progress, cancel)
        except Cancelled:
            raise
        except TutorError:
            return False
        return True

    def _create(
        self, name: str, shape: Topology, record: Record, folder: Folder, progress: Progress, cancel: Cancel
    ) -> None:
        """Make the cluster with kind; whatever goes wrong, nothing half-made stays."""
        check_kind()
        facts = docker.info()
        record.image = choose_image(shape)
        record.state, record.containers = "creating", []
        folder.save(record)
        try:
            self._pull(record.image, shape, progress, cancel)
            config = configuration(shape, record.image, str(facts.get("CgroupVersion")) == "1")
            (folder.path / "kind.yaml").write_text(config)
            ran = self._kind(
                ["create", "cluster", "--name", name, "--config", str(folder.path / "kind.yaml"), "--retain"],
                folder,
                timeout=CREATE_TIMEOUT,
                cancel=cancel,
                progress=progress,
            )
            if ran.code != 0:
                raise triage.explain(ran.stderr, self._node_logs(name))
            record.containers = [each.id for each in docker.containers(name)]
            record.state = "made"
            folder.save(record)
        except BaseException:  # Ctrl-C included: containers must not outlive it
            progress.failed()
            self._remove(name, folder, record)
            raise
        progress.done()

    def _pull(self, image: str, shape: Topology, progress: Progress, cancel: Cancel) -> None:
        """Bring the node image, and the load balancer's, before kind does it without a word."""
        wanted = [image] + ([BALANCER] if shape.control_planes > 1 else [])
        for each in wanted:
            if docker.has_image(each):
                continue
            progress.start("image", each)

            def detail(line: str) -> None:
                progress.detail(line[:60])

            ran = run(
                ["docker", "pull", each], timeout=CREATE_TIMEOUT, cancel=cancel, on_line=detail, on_tick=progress.tick
            )
            if ran.code != 0:
                raise triage.explain(f"failed to pull image {each}\n{ran.stderr}")

    def _kind(
        self,
        arguments: Sequence[str],
        folder: Folder,
        *,
        timeout: float,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
    ) -> Ran:
        """Run kind on the private kubeconfig; the learner's own environment has no say in it."""
        Path(f"{folder.kubeconfig}.lock").unlink(missing_ok=True)  # the folder's lock is ours, so this one is stale
        env = {key: value for key, value in os.environ.items() if key not in ("KIND_CLUSTER_NAME", "KUBECONFIG")}
        return run(
            ["kind", *arguments, "--kubeconfig", str(folder.kubeconfig)],
            timeout=timeout,
            env=env,
            cancel=cancel,
            on_line=progress.line if progress else None,
            on_tick=progress.tick if progress else None,
        )

    def _node_logs(self, name: str) -> str:
        """Return the ends of the nodes' logs, where the cause stands."""
        texts = []
        for each in docker.containers(name):
            ran = docker.docker("logs", "--tail", "200", each.name, timeout=20)
            texts.append(ran.stdout + ran.stderr)
            if each.role in ("control-plane", "worker"):
                ran = docker.execute(each.name, ["journalctl", "-u", "kubelet", "-n", "200", "--no-pager"], timeout=20)
                texts.append(ran.stdout)
        return "\n".join(texts)

    def _remove(self, name: str, folder: Folder, record: Record) -> None:
        """Remove the cluster's containers and forget it; twice if they do not go at once."""
        for _ in range(2):
            self._kind(["delete", "cluster", "--name", name], folder, timeout=120)
            if not docker.containers(name):
                folder.forget(record)
                return
        left = ", ".join(each.name for each in docker.containers(name))
        raise TutorError(
            say("A node could not be removed."),
            say("Docker still holds {names}.", names=left),
            say("Try: docker rm --force {names}", names=left.replace(",", "")),
        )


def _version(image: str) -> str:
    return (image or DEFAULT_NODE).partition(":")[2].partition("@")[0]


def _server(kubeconfig: Path) -> str:
    try:
        data = yaml.safe_load(kubeconfig.read_text())
        return str(data["clusters"][0]["cluster"]["server"])
    except (OSError, ValueError, KeyError, IndexError, TypeError, yaml.YAMLError) as error:
        raise TutorError(
            say("The tutor's kubeconfig cannot be read."),
            f"{kubeconfig}: {error}",
            say("Remove the file; the tutor fetches it anew."),
        ) from error
