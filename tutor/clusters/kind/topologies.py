"""The shapes of cluster that exercises run on, as kind configurations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from checkers.words import say
from tutor.clusters import docker
from tutor.clusters.kubectl import minor
from tutor.errors import TutorError

SUPPORTED = range(34, 38)
"""Minor versions of Kubernetes that the course is written for."""
NODE_REPOSITORY = "kindest/node"
DEFAULT_NODE = f"{NODE_REPOSITORY}:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed"
"""What is pulled when Docker holds no node image; kind 0.33's own for this version."""
BALANCER = "envoyproxy/envoy:v1.36.2"
"""The load balancer of kind 0.32 and later; kind pulls it without a word, so it is looked for first."""


@dataclass(frozen=True)
class Topology:
    """How many nodes of which role, and whether the network is left out."""

    control_planes: int = 1
    workers: int = 0
    network: bool = True
    oldest: bool = False
    """On the oldest local version, so that there is something to upgrade to."""


TOPOLOGIES = {
    "single": Topology(),
    "pair": Topology(workers=1),
    "trio": Topology(workers=2),
    "ha": Topology(control_planes=3, workers=1),
    "bare": Topology(workers=1, network=False),
    "upgrade": Topology(workers=1, oldest=True),
}


def choose_image(topology: Topology) -> str:
    """Return the node image: the newest supported one that Docker holds, by tag, else the pinned default.

    By tag, because an image that was loaded from a file has no digest, and kind would
    go to the network for it. Raises TutorError without Docker.
    """
    tags = [tag for tag in docker.local_tags(NODE_REPOSITORY) if minor(tag) in SUPPORTED]
    if not tags:
        return DEFAULT_NODE
    tags.sort(key=lambda tag: tuple(int(part) for part in tag.removeprefix("v").split("-")[0].split(".")))
    return f"{NODE_REPOSITORY}:{tags[0] if topology.oldest else tags[-1]}"


def configuration(topology: Topology, image: str, cgroup_v1: bool) -> str:
    """Return kind's configuration file. Patches carry no apiVersion: so they fit every version of kubeadm."""
    roles = ["control-plane"] * topology.control_planes + ["worker"] * topology.workers
    config: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"apiServerAddress": "127.0.0.1", "disableDefaultCNI": not topology.network},
        "nodes": [{"role": role, "image": image} for role in roles],
    }
    version = minor(image.partition(":")[2])
    if cgroup_v1 and (version is None or version >= 35):
        # Since 1.35 the kubelet refuses to run on cgroup v1 unless told otherwise.
        config["kubeadmConfigPatches"] = ["kind: KubeletConfiguration\nfailCgroupV1: false\n"]
    return yaml.safe_dump(config, sort_keys=False)


def find(name: str) -> Topology:
    """Return the topology of that name. Raises TutorError for an unknown one."""
    if name not in TOPOLOGIES:
        raise TutorError(
            say("There is no topology {name}.", name=name),
            say("The course knows {names}.", names=", ".join(TOPOLOGIES)),
        )
    return TOPOLOGIES[name]
