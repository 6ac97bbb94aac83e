"""Making a cluster with kind: the images first, then kind's own stages, and triage when it fails."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.kind import program, triage
from tutor.clusters.kind.owned import arrived, clear, mark, own
from tutor.clusters.kind.record import Folder, Record
from tutor.clusters.kind.stages import Progress
from tutor.clusters.kind.topologies import BALANCER, NEWEST, Topology, choose_image, configuration
from tutor.clusters.kubectl import find_kubectl
from tutor.clusters.process import Late, run
from tutor.errors import TutorError

PULL_TIMEOUT = 3600.0
"""Half a gigabyte over a slow line takes its time; the learner sees it move and can stop it."""
CREATE_TIMEOUT = 900.0
LOG_LINES = "400"
LAYER = " Pulling fs layer", " Pull complete"


def create(
    name: str,
    shape: Topology,
    folder: Folder,
    record: Record,
    progress: Progress,
    cancel: Cancel,
    on_nodes: Callable[[], None],
) -> None:
    """Make the cluster; `on_nodes` is called when its nodes have booted.

    Raises TutorError, Cancelled, or whatever ended it; removing what is half-made is the caller's.
    """
    progress.start("image")
    with ThreadPoolExecutor(4) as pool:  # together they cost what the slowest does
        facts, local = pool.submit(docker.info), pool.submit(docker.local_images)
        kubectl = pool.submit(find_kubectl, f"v1.{NEWEST}")
        pool.submit(program.require).result()
        kubectl.result()
        cgroup_v1 = str(facts.result().get("CgroupVersion")) == "1"
        record.image = choose_image(shape, local.result())
    cancel.check()
    record.state, record.containers = "creating", []
    folder.save(record)
    if record.image not in local.result():
        _fetch(record.image, progress, cancel)
    if shape.control_planes > 1 and BALANCER not in local.result():
        _fetch(BALANCER, progress, cancel)
    folder.write_config(configuration(shape, record.image, mark(folder.path), cgroup_v1))
    for last in (False, True):
        ran = _kind_create(name, folder, record, progress, cancel, on_nodes)
        if ran.code == 0:
            break
        logs = _logs(name, folder, record, ran.stderr)
        # Docker may finish a container for a kind that was killed a moment ago: it is ours, and goes.
        overtaken = triage.taken(ran.stderr) and arrived(name, folder, record)
        slow = triage.worth_another_try(ran.stderr, logs, os.getloadavg()[0] / (os.cpu_count() or 1))
        if last or not (overtaken or slow):
            raise triage.explain(ran.stderr, logs, folder.failure)
        clear(name, folder, record)
    record.maker = 0
    record.containers = [each.id for each in own(name, folder, record)]
    record.addresses = docker.addresses(record.containers)
    folder.save(record)


def triaged(name: str, folder: Folder, record: Record, error: TutorError) -> TutorError:
    """Return why a cluster that kind made does not get ready: the cause in the nodes' logs, else `error`."""
    logs = _logs(name, folder, record, str(error))
    return triage.in_logs(logs, folder.failure) or error


def _kind_create(
    name: str,
    folder: Folder,
    record: Record,
    progress: Progress,
    cancel: Cancel,
    on_nodes: Callable[[], None],
) -> Ran:
    def started(process: int) -> None:
        record.maker = process
        folder.save(record)

    def line(text: str) -> None:
        if progress.line(text) == "nodes":
            on_nodes()

    arguments = ["create", "cluster", "--name", name, "--config", str(folder.config), "--retain"]
    try:
        return program.kind(
            arguments,
            folder,
            timeout=CREATE_TIMEOUT,
            cancel=cancel,
            on_start=started,
            on_line=line,
            on_tick=progress.tick,
        )
    except Late as late:
        return Ran(1, "", f"ERROR: {late.title}")


def _fetch(image: str, progress: Progress, cancel: Cancel) -> None:
    """Pull an image before kind does it without a word. Raises TutorError when it cannot be had."""
    if docker.has_image(image):  # by digest
        return
    progress.start("image")
    progress.detail(image.partition("@")[0])
    layers = [0, 0]

    def line(text: str) -> None:
        for number, ending in enumerate(LAYER):
            layers[number] += text.endswith(ending)
        done, total = layers[1], layers[0]
        progress.detail(say("{image}: {done} of {total} layers", image=image.partition("@")[0], done=done, total=total))

    ran = run(
        ["docker", "pull", image],
        timeout=PULL_TIMEOUT,
        cancel=cancel,
        merged=True,
        on_line=line,
        on_tick=progress.tick,
    )
    if ran.code != 0:
        raise triage.explain(f"failed to pull image {image}\n{ran.stderr}")
    if "@" in image:  # pulled by digest, it has no tag, and is not found by one next time
        docker.docker("tag", image, image.partition("@")[0])


def _logs(name: str, folder: Folder, record: Record, output: str) -> str:
    """Return the ends of the nodes' logs, where the cause stands, and keep them with kind's output in a file."""
    texts = []
    with contextlib.suppress(TutorError):  # Docker may be what failed
        for each in own(name, folder, record):
            ran = docker.docker("logs", "--tail", LOG_LINES, each.name, timeout=20)
            texts.append(f"== {each.name} ==\n{ran.stdout}{ran.stderr}")
            for unit in ("kubelet", "containerd") if each.role in ("control-plane", "worker") else ():
                argv = ["journalctl", "--unit", unit, "--lines", LOG_LINES, "--no-pager"]
                texts.append(f"== {each.name}: {unit} ==\n{docker.execute(each.name, argv, timeout=20).stdout}")
    with contextlib.suppress(OSError):  # the disk may be what failed
        folder.failure.write_text("\n".join([output, *texts]))
    return "\n".join(texts)
