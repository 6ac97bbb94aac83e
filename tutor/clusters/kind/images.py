"""Bringing the images that exercises need into a cluster's nodes, from Docker where it has them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.kind.stages import Progress
from tutor.clusters.process import end_group, run
from tutor.errors import TutorError

LOAD_TIMEOUT = 600.0


def full_name(image: str) -> str:
    """Return the name under which a node knows `image`: `busybox:1.37` is `docker.io/library/busybox:1.37`."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


def missing(node: str, images: Sequence[str], cancel: Cancel) -> list[str]:
    """Return those of `images` that `node` lacks."""
    ran = docker.execute(node, ["crictl", "images", "-o", "json"], timeout=20, cancel=cancel)
    try:
        held = {tag for image in json.loads(ran.stdout)["images"] for tag in image.get("repoTags") or []}
    except (ValueError, KeyError, TypeError):
        held = set()
    return [image for image in images if full_name(image) not in held]


def ensure(cluster: str, nodes: Sequence[str], images: Sequence[str], progress: Progress, cancel: Cancel) -> None:
    """Bring `images` into the `nodes` that lack them. Raises TutorError with the image that cannot be had."""
    lacking = {node: missing(node, images, cancel) for node in nodes}
    wanted = [image for image in images if any(image in lacks for lacks in lacking.values())]
    if not wanted:
        return
    local = [image for image in wanted if docker.has_image(image)]
    needy = [node for node in nodes if set(local) & set(lacking[node])]
    if local:
        progress.detail(", ".join(local))
        _load(cluster, needy, local, progress, cancel)
    for image in wanted:
        if image not in local:
            for node in nodes:
                if image in lacking[node]:
                    progress.detail(image)
                    _pull(node, image, progress, cancel)


def _load(cluster: str, nodes: Sequence[str], images: Sequence[str], progress: Progress, cancel: Cancel) -> None:
    """Load several images in one go; where kind cannot, stream them into containerd."""
    argv = ["kind", "load", "docker-image", *images, "--name", cluster, "--nodes", ",".join(nodes)]
    ran = run(argv, timeout=LOAD_TIMEOUT, cancel=cancel, on_tick=progress.tick)
    if ran.code == 0:
        return
    # Docker's containerd image store saves manifests of platforms whose layers it does not
    # hold, and kind imports all of them; importing this machine's alone works.
    for node in nodes:
        _stream(node, images, progress, cancel)


def _stream(node: str, images: Sequence[str], progress: Progress, cancel: Cancel) -> None:
    save = subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    load = subprocess.Popen(
        [*("docker", "exec", "--privileged", "-i", node), *("ctr", "--namespace=k8s.io", "images", "import", "-")],
        stdin=save.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while True:
            cancel.check()
            progress.tick()
            try:
                _, errors = load.communicate(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
            break
    finally:
        end_group(load)
        end_group(save)
    if load.returncode != 0:
        raise TutorError(
            say("An image could not be brought into the node {node}.", node=node),
            errors.decode("utf-8", "replace").strip()[-300:],
            say("kubetutor doctor looks at Docker's image store."),
        )


def _pull(node: str, image: str, progress: Progress, cancel: Cancel) -> None:
    ran = run(
        ["docker", "exec", "--privileged", node, "crictl", "pull", full_name(image)],
        timeout=LOAD_TIMEOUT,
        cancel=cancel,
        on_tick=progress.tick,
    )
    if ran.code != 0:
        last = (ran.stderr.strip().splitlines() or [""])[-1]
        raise TutorError(
            say("The image {image} cannot be had.", image=image),
            say("Docker does not hold it, and the node could not download it: {words}", words=last[-300:]),
            say("Go online and try again, or bring it with: docker pull {image}", image=image),
        )
