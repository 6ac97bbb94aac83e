"""Where one exercise stands: its cluster, its namespaces, and the means to look at them and to change them."""

from __future__ import annotations

from pathlib import Path

from checkers.live.manifest import IMAGE
from checkers.live.world import LiveWorld
from tutor.clusters.base import Cluster
from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.clusters.nodes import DockerNodes
from tutor.course.model import Exercise
from tutor.session.api import EXERCISE, TUTOR
from tutor.session.records import KnownCluster, UnderWay


class Ground:
    """An exercise on a cluster; a learner's attempt and the proof both stand on one.

    `owner` marks what is made as this tutor's. Close it, so that its probes are removed.
    """

    def __init__(self, exercise: Exercise, cluster: Cluster, owner: str) -> None:
        self.exercise = exercise
        self.cluster = cluster
        self.owner = owner
        self.namespace = exercise.namespaces[0]
        self.world = LiveWorld(cluster.kubeconfig, exercise.namespaces, cluster.nodes)
        program = find_kubectl(cluster.version)
        self.kubectl = Kubectl(program, cluster.kubeconfig, self.namespace)
        self.kubectl_everywhere = Kubectl(program, cluster.kubeconfig)
        """For manifests that name namespaces themselves: kubectl refuses those that differ from its own."""

    @property
    def labels(self) -> dict[str, str]:
        """What marks namespaces and cluster-scoped objects as this exercise's, and as ours."""
        return {EXERCISE: self.exercise.id, TUTOR: self.owner}

    @property
    def selector(self) -> str:
        """The labels as a selector."""
        return ",".join(f"{key}={value}" for key, value in self.labels.items())

    @property
    def known(self) -> KnownCluster:
        """What finds the cluster again."""
        of = self.cluster
        return KnownCluster(name=of.name, kubeconfig=str(of.kubeconfig), server=of.server, version=of.version)

    def close(self) -> None:
        """Remove the probes and close the connections. Never raises."""
        self.world.close()


def known_cluster(record: UnderWay) -> Cluster | None:
    """Return the cluster that the exercise was set up on, whether or not it still answers."""
    known = record.cluster
    if known is None:
        return None
    return Cluster(
        name=known.name,
        provider=record.provider,
        topology=record.topology,
        kubeconfig=Path(known.kubeconfig),
        server=known.server,
        version=known.version,
        nodes=DockerNodes(known.name) if record.provider == "kind" else None,
    )


def images_of(exercise: Exercise) -> tuple[str, ...]:
    """Return the images that must be on the nodes: the exercise's, and the probes'."""
    return tuple(dict.fromkeys((*exercise.images, IMAGE)))
