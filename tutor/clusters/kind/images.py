"""Bringing the images that exercises need into a cluster's nodes, from Docker where it has them."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from typing import IO, TypeVar

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.kind.program import environment
from tutor.clusters.kind.stages import Progress
from tutor.clusters.kind.triage import last_line
from tutor.clusters.process import end_group, run
from tutor.errors import Cancelled, TutorError

LOAD_TIMEOUT = 600.0
TICK = 0.1
T = TypeVar("T")


def full_name(image: str) -> str:
    """Return the name under which a node knows `image`: `busybox:1.37` is `docker.io/library/busybox:1.37`."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


def missing(node: str, images: Sequence[str], cancel: Cancel) -> list[str]:
    """Return those of `images` that `node` lacks. Raises TutorError when its container runtime does not say."""
    ran = docker.execute(node, ["crictl", "images", "-o", "json"], timeout=60, cancel=cancel)
    try:
        held = {tag for image in json.loads(ran.stdout)["images"] for tag in image.get("repoTags") or []}
    except (ValueError, KeyError, TypeError):
        raise TutorError(
            say("The node {node} does not tell which images it has.", node=node),
            last_line(ran.stderr),
            say("Look at its container runtime: docker exec {node} systemctl status containerd", node=node),
        ) from None
    return [image for image in images if full_name(image) not in held]


def ensure_images(
    cluster: str, nodes: Sequence[str], images: Sequence[str], progress: Progress, cancel: Cancel
) -> None:
    """Bring `images` into the `nodes` that lack them. Raises TutorError with the image that cannot be had."""
    lacking = dict(
        zip(nodes, side_by_side([partial(missing, n, images) for n in nodes], progress, cancel), strict=True)
    )
    wanted = [image for image in images if any(image in lacks for lacks in lacking.values())]
    if not wanted:
        return
    at_hand = {full_name(image) for image in docker.local_images()}
    local = [image for image in wanted if full_name(image) in at_hand]
    if local:
        progress.detail(", ".join(local))
        _load(cluster, [node for node in nodes if set(local) & set(lacking[node])], local, progress, cancel)
    for image in wanted:
        if image not in local:
            progress.detail(say("{image}, downloaded by the nodes", image=image))
            needy = [node for node in nodes if image in lacking[node]]
            side_by_side([partial(_pull, node, image) for node in needy], progress, cancel)


class Early(threading.Thread):
    """Loads what Docker holds into nodes that have booted, while kind still works on them.

    The kubelet and etcd mostly wait in that time, so it costs the learner nothing. What goes
    wrong here is found, and told, by `ensure_images` afterwards.
    """

    def __init__(self, cluster: str, images: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._images = images
        self._enough = Cancel()

    def begin(self) -> None:
        """Start it, once."""
        if self.ident is None:
            self.start()

    def run(self) -> None:
        """Load what Docker holds."""
        try:
            at_hand = {full_name(image) for image in docker.local_images()}
            local = [image for image in self._images if full_name(image) in at_hand]
            if local:
                argv = ["kind", "load", "docker-image", *local, "--name", self._cluster]
                run(argv, timeout=LOAD_TIMEOUT, env=environment(), cancel=self._enough)
        except (TutorError, Cancelled):
            return

    def finish(self, progress: Progress, cancel: Cancel) -> None:
        """Wait for the end. Raises Cancelled when asked to stop."""
        while self.is_alive():
            cancel.check()
            progress.tick()
            self.join(TICK)

    def stop(self) -> None:
        """End it at once; nothing if it has ended."""
        self._enough.set()
        if self.is_alive():
            self.join()


def side_by_side(jobs: Sequence[Callable[[Cancel], T]], progress: Progress, cancel: Cancel) -> list[T]:
    """Run jobs at once and return what they return; when one raises or the learner stops, all of them end."""
    stop = Cancel()
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        try:
            futures = [pool.submit(job, stop) for job in jobs]
            while True:
                done, waiting = wait(futures, TICK, FIRST_EXCEPTION)
                failed = next((each for each in futures if each in done and each.exception()), None)
                if failed or not waiting:
                    return [each.result() for each in ([failed] if failed else futures)]
                cancel.check()
                progress.tick()
        finally:
            stop.set()


def _load(cluster: str, nodes: Sequence[str], images: Sequence[str], progress: Progress, cancel: Cancel) -> None:
    """Load several images in one go; where kind cannot, stream them into containerd."""
    argv = ["kind", "load", "docker-image", *images, "--name", cluster, "--nodes", ",".join(nodes)]
    if run(argv, timeout=LOAD_TIMEOUT, env=environment(), cancel=cancel, on_tick=progress.tick).code == 0:
        return
    # Docker's containerd image store saves manifests of platforms whose layers it does not
    # hold, and kind imports all of them; importing this machine's alone works.
    side_by_side([partial(_stream, node, images) for node in nodes], progress, cancel)


def _stream(node: str, images: Sequence[str], stop: Cancel) -> None:
    save = _piped(["docker", "save", *images], None)
    argv = ["docker", "exec", "--privileged", "-i", node, "ctr", "--namespace=k8s.io", "images", "import", "-"]
    load = _piped(argv, save.stdout)
    if save.stdout:
        save.stdout.close()  # so that `docker save` notices when the other end goes
    try:
        while True:
            stop.check()
            try:
                _, errors = load.communicate(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
            break
    finally:
        end_group(load)
        end_group(save)
    if load.returncode != 0 or save.returncode != 0:
        raise TutorError(
            say("An image could not be brought into the node {node}.", node=node),
            last_line(errors.decode("utf-8", "replace")),
            say("Fetch it into Docker again and retry: docker pull {image}", image=images[-1]),
        )


def _piped(argv: Sequence[str], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, stdin=stdin, stdout=pipe, stderr=pipe, start_new_session=True)


def _pull(node: str, image: str, stop: Cancel) -> None:
    ran = docker.execute(node, ["crictl", "pull", full_name(image)], timeout=LOAD_TIMEOUT, cancel=stop)
    if ran.code != 0:
        raise TutorError(
            say("The image {image} cannot be had.", image=image),
            say("Docker does not hold it, and the node could not download it: {words}", words=last_line(ran.stderr)),
            say("Go online and try again, or bring it with: docker pull {image}", image=image),
        )
