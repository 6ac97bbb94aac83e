"""The practice cluster: simulated, in a process of the tutor's own, for machines without Docker.

The process holds a lock as long as it serves; what is behind a free lock is gone, whatever files say.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, ClusterStatus, Report, Stage
from tutor.clusters.kind.record import unwritable
from tutor.errors import TutorError

SHAPES = {"single": 0, "pair": 1, "trio": 2}
"""The topologies that can be simulated, and how many workers each has."""
START_SECONDS, STOP_SECONDS = 20.0, 10.0
"""Far more than either takes on a busy machine."""
TICK = 0.02
PREFIX = "kubetutor-practice-"
KUBECONFIG, READY, LOCK, LOG = "kubeconfig", "ready.json", "serving.lock", "serve.log"


def can_practise() -> bool:
    """Tell whether this machine can run a practice cluster: the shell of its containers is built for some only."""
    return find_spec("bashkit") is not None


class PracticeProvider:
    """Practice clusters, one process each, below `home`. `speed` divides every wait in them; the proof uses it."""

    name = "practice"

    def __init__(self, home: Path, speed: float = 1.0) -> None:
        self._home = home / "practice"
        self._speed = speed

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        """Return the practice cluster of `topology`, starting its process where none serves; images need no loading."""
        del images
        if topology not in SHAPES:
            raise TutorError(
                say("The practice cluster has no {topology}.", topology=topology),
                say("It simulates nodes, but not the machines and the network under them."),
                say("With Docker and kind: kubetutor --provider kind …"),
            )
        if not can_practise():
            raise TutorError(
                say("There is no practice cluster for this machine."),
                say("The shell of its containers, bashkit, has no build for this system and processor."),
                say("Install Docker and kind, or use a cluster that you have: kubetutor --context NAME …"),
            )
        folder = self._home / topology
        title = say("Start the practice cluster")
        report(Stage(title=title, number=1, total=1, detail=say("simulated: no containers run")))
        try:
            found = self._ready(folder) or self._start(folder, topology, cancel)
        except BaseException:
            report(Stage(title=title, number=1, total=1, state="failed"))
            raise
        report(Stage(title=title, number=1, total=1, state="done"))
        return Cluster(
            name=PREFIX + topology,
            provider=self.name,
            topology=topology,
            kubeconfig=folder / KUBECONFIG,
            server=found["server"],
            version=found["version"],
            speed=self._speed,
        )

    def status(self) -> list[ClusterStatus]:
        """Return the practice clusters that serve now."""
        ready = {topology: self._ready(self._home / topology) for topology in SHAPES}
        return [self._status(topology, found) for topology, found in ready.items() if found]

    def down(self, topology: str, report: Report) -> bool:
        """End the process of a practice cluster and remove its files; False if there was none."""
        folder = self._home / topology
        ready = self._ready(folder)
        title = say("Stop the practice cluster")
        report(Stage(title=title, number=1, total=1))
        if ready:
            # The lock is held, so the process that wrote this number is still the one behind it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(ready["pid"], signal.SIGTERM)
            _until(lambda: not _serves(folder), STOP_SECONDS, Cancel())
            if _serves(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(ready["pid"], signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
        report(Stage(title=title, number=1, total=1, state="done"))
        return ready is not None

    def _status(self, topology: str, ready: dict[str, Any]) -> ClusterStatus:
        return ClusterStatus(
            name=PREFIX + topology,
            provider=self.name,
            topology=topology,
            state="ready",
            version=ready["version"],
            nodes=tuple((name, "ready") for name in ready["nodes"]),
            detail=say("practice cluster: simulated, no containers run"),
        )

    def _ready(self, folder: Path) -> dict[str, Any] | None:
        """Return what the process said when it was ready; None where none serves."""
        if not _serves(folder):
            return None
        try:
            return dict(json.loads((folder / READY).read_text()))
        except (OSError, ValueError):
            return None  # it is only starting

    def _start(self, folder: Path, topology: str, cancel: Cancel) -> dict[str, Any]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            with (folder / LOG).open("wb") as log:
                process = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "tutor.practice", "--folder", str(folder)),
                        *("--workers", str(SHAPES[topology]), "--speed", str(self._speed)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    start_new_session=True,  # Ctrl-C in the terminal is not for it
                )
        except OSError as error:
            raise unwritable(folder, error) from error
        found: dict[str, Any] | None = None

        def ready() -> bool:
            nonlocal found
            found = self._ready(folder)
            # Another tutor may be starting one at the same time: its process has the lock, and this one has ended.
            return found is not None or (process.poll() is not None and not _serves(folder))

        try:
            _until(ready, START_SECONDS, cancel)
        except BaseException:
            process.kill()
            raise
        if found and found["pid"] != process.pid:
            process.kill()  # it would serve here once the other has ended
            process.wait()
        if found is None:
            process.kill()
            raise TutorError(
                say("The practice cluster does not start."),
                (folder / LOG).read_text(errors="replace").strip()[-800:],
                say("Try again; if it happens again, please report it with these words."),
            )
        return found


def _serves(folder: Path) -> bool:
    """Tell whether a process holds the folder's lock."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _until(done: Callable[[], bool], seconds: float, cancel: Cancel) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        cancel.wait(TICK)
        cancel.check()
