"""What the tutor remembers of a cluster that it made: whose containers they are, and how long stages took."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from checkers.words import say
from tutor.errors import TutorError


@dataclass
class Record:
    """The state of one cluster, in its folder beside its kubeconfig."""

    topology: str
    image: str = ""
    state: str = ""
    """`creating` while kind works, `made` afterwards."""
    containers: list[str] = field(default_factory=list)
    """The ids of the containers that the tutor made; no others are ever removed."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each stage took last time."""


class Folder:
    """The folder of one cluster: lock, record and private kubeconfig."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kubeconfig = path / "kubeconfig"
        self._file = path / "record.json"

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the cluster's lock. Raises TutorError when another tutor holds it, or the folder cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            lock = FileLock(self.path / "lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise TutorError(
                say("Another tutor is busy with the cluster {name}.", name=name),
                say("Two at once would destroy each other's work."),
                say("Wait until it is done, or close the other kubetutor."),
            ) from None
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            yield
        finally:
            lock.release()

    def load(self, topology: str) -> Record:
        """Return the record; an unreadable one counts as none."""
        try:
            return Record(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return Record(topology)

    def save(self, record: Record) -> None:
        """Write the record, all or nothing. Raises TutorError when the folder cannot be written."""
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(asdict(record), indent=1))
            temporary.replace(self._file)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def forget(self, record: Record) -> None:
        """Forget the containers and the kubeconfig, but not how long things took."""
        for leftover in (self.kubeconfig, Path(f"{self.kubeconfig}.lock")):
            leftover.unlink(missing_ok=True)
        shutil.rmtree(self.path / "logs", ignore_errors=True)
        self.save(Record(record.topology, seconds=record.seconds))


def unwritable(path: Path, error: OSError) -> TutorError:
    """Return the error for a place that cannot be written."""
    return TutorError(
        say("The tutor cannot write its own files."),
        f"{path}: {error.strerror}",
        say("Make room or mend its permissions; KUBETUTOR_HOME names another place."),
    )
