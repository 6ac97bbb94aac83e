"""The shapes of cluster that exercises run on, as kind configurations."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checkers.words import say
from tutor.clusters.kubectl import minor
from tutor.errors import TutorError

SUPPORTED = range(34, 38)
"""Minor versions of Kubernetes that the course is written for."""
NODE_REPOSITORY = "kindest/node"
PINNED = {
    34: f"{NODE_REPOSITORY}:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d",
    35: f"{NODE_REPOSITORY}:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
    36: f"{NODE_REPOSITORY}:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
    37: f"{NODE_REPOSITORY}:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
}
"""What is pulled when Docker holds no node image: kind 0.33's own, https://github.com/kubernetes-sigs/kind/releases."""
NEWEST = max(PINNED)
RELEASE = re.compile(r"v1\.(\d+)\.(\d+)(-.*)?$")
"""A tag of a node image; with a suffix it is somebody's own build, or a pre-release."""
BALANCER = "envoyproxy/envoy:v1.36.2"
"""The load balancer of kind 0.32 and later; kind pulls it without a word, so it is looked for first."""


@dataclass(frozen=True)
class Topology:
    """How many nodes of which role, and whether the network is left out."""

    control_planes: int = 1
    workers: int = 0
    network: bool = True
    oldest: bool = False
    """On an older version, so that there is something to upgrade to."""


TOPOLOGIES = {
    "single": Topology(),
    "pair": Topology(workers=1),
    "trio": Topology(workers=2),
    "ha": Topology(control_planes=3, workers=1),
    "bare": Topology(workers=1, network=False),
    "upgrade": Topology(workers=1, oldest=True),
}


def choose_image(topology: Topology, local: Sequence[str]) -> str:
    """Return the node image: the newest supported of `local`, by tag, else the pinned one that is pulled.

    By tag, because an image that was loaded from a file has no digest, and kind would go to
    the network for it. Where there must be something to upgrade to, it is the oldest.
    """
    found = supported(local)
    if topology.oldest:
        found = [image for image in found if minor(tag(image)) != NEWEST]
        return found[0] if found else PINNED[NEWEST - 1]
    return found[-1] if found else PINNED[NEWEST]


def supported(local: Sequence[str]) -> list[str]:
    """Return the node images among `local` that the course is written for, the oldest first."""
    nodes = [image for image in local if image.startswith(f"{NODE_REPOSITORY}:") and RELEASE.match(tag(image))]
    return sorted((image for image in nodes if minor(tag(image)) in SUPPORTED), key=_age)


def tag(image: str) -> str:
    """Return `v1.36.4` of `kindest/node:v1.36.4@sha256:…`."""
    return image.partition(":")[2].partition("@")[0]


def _age(image: str) -> tuple[int, int, bool]:
    match = RELEASE.match(tag(image))
    return (int(match[1]), int(match[2]), not match[3]) if match else (0, 0, False)


def configuration(topology: Topology, image: str, mark: str, cgroup_v1: bool) -> str:
    """Return kind's configuration file. Patches carry no apiVersion: so they fit every version of kubeadm.

    `mark` is where every node has a mount by which it is known again; what it shows is
    what kind itself mounts, so that it is there on every machine.
    """
    roles = ["control-plane"] * topology.control_planes + ["worker"] * topology.workers
    mounts = [{"hostPath": "/lib/modules", "containerPath": mark, "readOnly": True}]
    config: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"apiServerAddress": "127.0.0.1", "disableDefaultCNI": not topology.network},
        "nodes": [{"role": role, "image": image, "extraMounts": mounts} for role in roles],
    }
    version = minor(tag(image))
    if cgroup_v1 and (version is None or version >= 35):
        # Since 1.35 the kubelet refuses to run on cgroup v1 unless told otherwise.
        config["kubeadmConfigPatches"] = ["kind: KubeletConfiguration\nfailCgroupV1: false\n"]
    return json.dumps(config, indent=1)  # JSON is YAML, without anchors for what the nodes share


def find(name: str) -> Topology:
    """Return the topology of that name. Raises TutorError for an unknown one."""
    if name not in TOPOLOGIES:
        raise TutorError(
            say("There is no topology {name}.", name=name),
            say("The course knows {names}.", names=", ".join(TOPOLOGIES)),
        )
    return TOPOLOGIES[name]
