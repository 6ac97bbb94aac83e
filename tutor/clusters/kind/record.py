"""What the tutor remembers of a cluster that it made: whose containers they are, and how long stages took."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from checkers.words import say
from tutor.errors import TutorError


class Record(msgspec.Struct):
    """The state of one cluster, in its folder beside its kubeconfig."""

    topology: str
    image: str = ""
    state: str = ""
    """`creating` until it was ready for the first time, `made` afterwards; empty while there is none."""
    maker: int = 0
    """The process id of the kind that makes it: it outlives a tutor that was killed."""
    containers: list[str] = []
    """The ids of the containers that the tutor made; no others are ever removed."""
    addresses: dict[str, str] = {}
    """The address of each container, by name: members of etcd know each other by it."""
    seconds: dict[str, float] = {}
    """How long each stage took last time."""


class Folder:
    """The folder of one cluster: lock, record, private kubeconfig, and the log of the last failure."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kubeconfig = path / "kubeconfig"
        self.config = path / "kind.yaml"
        self.failure = path / "failure.log"
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
        """Return the record; an unreadable one counts as none: the containers bear our mark all the same."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return Record(topology)

    def save(self, record: Record) -> None:
        """Write the record, all or nothing. Raises TutorError when the folder cannot be written."""
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
            temporary.replace(self._file)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def write_config(self, text: str) -> None:
        """Write kind's configuration, and make way for its kubeconfig. Raises TutorError when that cannot be."""
        try:
            self.config.write_text(text)
            self.drop_kubeconfig()
        except OSError as error:
            raise unwritable(self.path, error) from error

    def drop_kubeconfig(self) -> None:
        """Remove the kubeconfig and kind's lock of it, which is stale: the folder's lock is ours. Raises OSError."""
        for leftover in (self.kubeconfig, Path(f"{self.kubeconfig}.lock")):
            leftover.unlink(missing_ok=True)

    def forget(self, record: Record) -> None:
        """Forget the containers and the kubeconfig, but not how long things took. Raises TutorError as `save`."""
        record.state, record.image, record.maker, record.containers, record.addresses = "", "", 0, [], {}
        with contextlib.suppress(OSError):  # the next cluster needs the place, this one does not
            self.drop_kubeconfig()
        self.save(record)


def unwritable(path: Path, error: OSError) -> TutorError:
    """Return the error for a place that cannot be written."""
    return TutorError(
        say("The tutor cannot write its own files."),
        f"{path}: {error.strerror}",
        say("Make room or mend its permissions; KUBETUTOR_HOME names another place."),
    )
