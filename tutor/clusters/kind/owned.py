"""Whose containers they are: the tutor removes what it made and never anything else, by id.

A container is ours when its id is in the record, or when it bears our mark: a mount at a
path that no one else's cluster has. The record is written when a cluster stands; the mark
is there from the first moment, also when the tutor was killed or its record was damaged.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL

from checkers.words import say
from tutor.clusters import docker
from tutor.clusters.docker import Container
from tutor.clusters.kind.record import Folder, Record
from tutor.clusters.process import run
from tutor.errors import TutorError

BALANCER_ROLE = "external-load-balancer"
TRIES = 4
"""A container that starts others may not go at once."""
SETTLE = 1.0
"""Seconds in which Docker may still make a container whose client was ended."""


def mark(folder: Path) -> str:
    """Return where in its nodes a cluster with this folder has the mount that marks them."""
    return f"/kind/kubetutor-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"


def sort_out(existing: Sequence[Container], folder: Folder, record: Record) -> tuple[list[Container], list[Container]]:
    """Return those of a cluster's containers that the tutor made, and the others."""
    unknown = [each for each in existing if each.id not in record.containers]
    ours_by_mark = {
        each["Id"]
        for each in docker.details([each.id for each in unknown])
        if mark(folder.path) in {mount.get("Destination") for mount in each.get("Mounts") or []}
    }
    foreign = [each for each in unknown if each.id not in ours_by_mark]
    if record.state == "creating" or len(foreign) < len(existing):
        # kind gives the load balancer no mounts; it never adds one to a cluster that is there.
        balancers = [each for each in foreign if each.role == BALANCER_ROLE]
        foreign = foreign if len(foreign) > len(balancers) else []
    return [each for each in existing if each not in foreign], foreign


def own(name: str, folder: Folder, record: Record) -> list[Container]:
    """Return the containers of our cluster `name`. Raises TutorError if somebody else has one of that name."""
    ours, foreign = sort_out(docker.containers(name), folder, record)
    if foreign:
        raise TutorError(
            say("There is a cluster named {name} that this tutor did not make.", name=name),
            say("Its node {node} is not one of the tutor's, so it is left alone.", node=foreign[0].name),
            say("If nobody needs it: kind delete cluster --name {name}", name=name),
        )
    return ours


def arrived(name: str, folder: Folder, record: Record) -> bool:
    """Wait a moment for containers of ours that Docker may still be making; False if none come.

    Raises TutorError if somebody else has a cluster of that name.
    """
    for _ in range(TRIES):
        if own(name, folder, record):
            return True
        time.sleep(SETTLE)
    return False


def recover(record: Record, ours: Sequence[Container]) -> bool:
    """Fill in a record that was lost, from containers that bear our mark; False if there was no need."""
    if record.state or not ours:
        return False
    record.containers = [each.id for each in ours]
    facts = docker.details(record.containers[:1])
    record.image = str(facts[0]["Config"]["Image"]) if facts else ""
    record.state = "made"
    return True


def remove(name: str, folder: Folder, record: Record, *, settle: bool = False) -> bool:
    """Remove what we made of cluster `name` and forget it; False if there was nothing. Raises TutorError as `clear`."""
    there = clear(name, folder, record, settle=settle)
    folder.forget(record)
    return there


def clear(name: str, folder: Folder, record: Record, *, settle: bool = False) -> bool:
    """Remove the containers that we made of cluster `name`; False if there was none.

    With `settle`, wait for containers that Docker may be making just now. Raises TutorError
    when Docker does not answer or a container does not go.
    """
    _end_maker(folder, record)
    there = False
    for _ in range(TRIES):
        ours, _others = sort_out(docker.containers(name), folder, record)
        if not ours and settle:
            settle = False
            time.sleep(SETTLE)
            ours, _others = sort_out(docker.containers(name), folder, record)
        if not ours:
            return there
        there = True
        argv = ["rm", "--force", "--volumes", *(each.id for each in ours)]
        try:
            docker.docker(*argv, timeout=120)
        except KeyboardInterrupt:  # the learner waits no longer; Docker shall still do it
            subprocess.Popen(["docker", *argv], stdout=DEVNULL, stderr=DEVNULL, stdin=DEVNULL, start_new_session=True)
            raise
    names = " ".join(each.name for each in ours)
    raise TutorError(
        say("A node could not be removed."),
        say("Docker still holds {names}.", names=names),
        say("Try: docker rm --force --volumes {names}", names=names),
    )


def _end_maker(folder: Folder, record: Record) -> None:
    """End a kind that outlived its tutor: it would go on making what is removed here."""
    if not record.maker:
        return
    listed = run(["ps", "-o", "args=", "-p", str(record.maker)], timeout=10)
    if str(folder.config) in listed.stdout:  # else the number is another program's by now
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(record.maker, signal.SIGKILL)
