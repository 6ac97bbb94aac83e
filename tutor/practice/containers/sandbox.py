"""One container: its files, and the processes that run in it."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bashkit import Bash, FileSystem

from tutor.practice.clock import Clock
from tutor.practice.containers.catalogue import BUSYBOX, PATH
from tutor.practice.containers.images import Image
from tutor.practice.containers.process import Exit, Process
from tutor.practice.containers.shell import quiesce
from tutor.practice.containers.volumes import Mount, Volume, empty, sizes, write

if TYPE_CHECKING:
    from tutor.practice.containers.network import PodNetwork

__all__ = ["Exit", "Mount", "Process", "Sandbox", "StartError", "Volume", "quiesce"]

_DIRECTORIES = ("/dev", "/etc", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/usr/bin", "/var/run", "/var/tmp")  # noqa: S108 - simulated
_OPEN = ("/tmp", "/var/tmp")  # noqa: S108
"""Where everybody may write, in every image."""
_NOISE = 1 << 16
_BASE_MEMORY = 1 << 20
"""Bytes that a small program holds, as `kubectl top` counts them."""


class StartError(Exception):
    """A program that cannot be started. `reason` is runc's part: `exec: "foo": executable file not found in $PATH`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
            f"runc create failed: unable to start container process: {reason}"
        )

    def for_exec(self, exec_id: str) -> str:
        """Return the words in which an exec of it fails; `exec_id` is any 64 hexadecimal digits."""
        return (
            f'error executing command in container: failed to exec in container: failed to start exec "{exec_id}": '
            f"OCI runtime exec failed: exec failed: unable to start container process: {self.reason}"
        )


@dataclass(frozen=True)
class User:
    """Who the container's processes are."""

    uid: int
    gid: int
    name: str


class Sandbox:
    """The file system and processes of one container.

    `env` is what the Pod sets, over the image's own. `memory_limit` is in bytes. Without `network` nothing can be
    dialled. Files of the kubelet's (`/etc/resolv.conf`, `/etc/hosts`) are written by `write`.
    """

    def __init__(
        self,
        image: Image,
        hostname: str,
        env: dict[str, str],
        mounts: list[Mount],
        network: PodNetwork | None,
        clock: Clock,
        user: tuple[int, int] = (0, 0),
        memory_limit: int | None = None,
        read_only: bool = False,
    ) -> None:
        self.image, self.hostname, self.network, self.clock = image, hostname, network, clock
        self.mounts, self.memory_limit, self.read_only = mounts, memory_limit, read_only
        names = {0: "root", 65534: "nobody", **{number: name for name, number in image.users.items()}}
        self.user = User(*user, names.get(user[0], ""))
        home = "/root" if user[0] == 0 else "/"
        self.env = {"PATH": PATH, "HOSTNAME": hostname, **image.env, **env}
        self.env.setdefault("HOME", home)
        self.processes: dict[int, Process] = {}
        self._last_pid = 0
        self._root = empty(but=("dev",))
        self._trees: list[tuple[str, FileSystem, bool]] = [("/", self._root, read_only or user[0] != 0)]
        self._furnish(names)
        self._view = self.mounted(Bash())
        self.fs = self._view.fs()
        """All files of the container, its volumes among them."""

    @property
    def refusal(self) -> str:
        """Why a file cannot be written."""
        return "Read-only file system" if self.read_only else "Permission denied"

    def _furnish(self, names: dict[int, str]) -> None:
        for path in (*_DIRECTORIES, self.image.working_dir):
            if not self._root.exists(path):
                self._root.mkdir(path, recursive=True)
        self._root.chmod("/tmp", 0o1777)  # noqa: S108
        for path, data in self.image.files.items():
            write(self._root, path, data, 0o755 if data.startswith(b"#!") else 0o644)
        passwd = "".join(f"{name}:x:{uid}:{uid}:{name}:/:/bin/sh\n" for uid, name in sorted(names.items()))
        write(self._root, "/etc/passwd", passwd.encode())
        group = "".join(f"{name}:x:{uid}:\n" for uid, name in sorted(names.items()))
        write(self._root, "/etc/group", group.encode())
        write(self._root, "/etc/hostname", self.hostname.encode() + b"\n")
        write(self._root, "/dev/termination-log", b"", 0o666)
        if self._trees[0][2]:  # devices and the termination log can be written where nothing else can
            self._trees.append(("/dev", _devices(), False))
        self._trees.append(("/bin", _binaries(self.image.programs), True))
        if not self.read_only and self.user.uid:
            open_to_user = [*_OPEN, *([self.image.working_dir] if self.image.user else [])]
            self._trees += [(path, empty(), False) for path in open_to_user if path != "/"]
        # Outer mounts first, as a mount over another must come after it.
        for mount in sorted(self.mounts, key=lambda each: each.path):
            self._mount(mount)

    def _mount(self, mount: Mount) -> None:
        part = mount.volume.part(mount.sub_path)
        path = posixpath.normpath(mount.path)
        if isinstance(part, bytes):
            write(self._root, path, part)
            return
        self._root.mkdir(path, recursive=True)
        self._trees.append((path, part.fs, mount.read_only))
        self._trees += [(path + name, inner.fs, mount.read_only) for name, inner in part.parts.items()]

    def mounted(self, shell: Bash) -> Bash:
        """Give a shell the container's files; returns it."""
        for path, fs, read_only in self._trees:
            shell.mount(path, fs, read_only=read_only)
        return shell

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file as the container's runtime does, whatever its user may do."""
        volume, inner = self.volume_at(path)
        write(volume.fs if volume else self._root, inner, data, mode)

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        try:
            return self.fs.read_file(path)
        except RuntimeError:  # bashkit has it for every reason
            return None

    def volume_at(self, path: str) -> tuple[Volume | None, str]:
        """Return the volume that holds an absolute path, None for the container's own layer, and the path in it."""
        for mount in sorted(self.mounts, key=lambda each: len(each.path), reverse=True):
            top = posixpath.normpath(mount.path)
            if path == top or path.startswith(top + "/"):
                part = mount.volume.part(mount.sub_path)
                if isinstance(part, Volume):
                    return part, path[len(top) :] or "/"
        return None, path

    def memory(self) -> int:
        """Return the bytes that the container uses: its programs and its volumes in memory."""
        volumes = {id(mount.volume): mount.volume for mount in self.mounts if mount.volume.medium == "Memory"}
        programs = sum(process.memory for process in self.processes.values())
        return _BASE_MEMORY * max(1, len(self.processes)) + programs + sum(each.size() for each in volumes.values())

    def charge(self) -> bool:
        """Kill the container when it uses more memory than it may; returns whether it did."""
        if self.memory_limit is None or self.memory() <= self.memory_limit:
            return False
        for process in list(self.processes.values()):
            process.finish(Exit(137, oom=True))
        return True

    def disk(self) -> int:
        """Return the bytes of the container's own writable layer."""
        return sum(size for _, size in sizes(self._root, "/"))

    def start(
        self,
        argv: list[str],
        *,
        env: dict[str, str] | None = None,
        cwd: str | None = None,
        tty: bool = False,
        stdin: bool = False,
    ) -> Process:
        """Start a program; the first one is the container's main process. Raises StartError.

        Needs a running event loop.
        """
        name = self.locate(argv[0])
        where = cwd or self.image.working_dir or "/"
        if not self.fs.exists(where):
            self._root.mkdir(where, recursive=True)  # as runc does
        process = Process(self, self.next_pid(), name, argv, {**self.env, **(env or {})}, where, tty=tty, stdin=stdin)
        self.processes[process.pid] = process
        write(self._root, f"/proc/{process.pid}/cmdline", "".join(f"{word}\0" for word in argv).encode(), 0o444)
        process.begin()
        return process

    def locate(self, word: str) -> str:
        """Return the program's name, or the path of a script of the container's. Raises StartError in runc's words."""
        if "/" not in word:
            if word in self.image.programs:
                return word
            for folder in self.env["PATH"].split(":"):
                path = f"{folder}/{word}"
                if self.fs.exists(path) and self.fs.stat(path)["mode"] & 0o111:
                    return path
            raise StartError(f'exec: "{word}": executable file not found in $PATH')
        name = posixpath.basename(word)
        if self.fs.exists(word):
            about = self.fs.stat(word)
            if about["file_type"] == "directory" or not about["mode"] & 0o111:
                raise StartError(f'exec: "{word}": permission denied')
            return name if self.volume_at(word)[0] is None and posixpath.dirname(word) == "/bin" else word
        at_home = name in self.image.programs and (name not in BUSYBOX or posixpath.dirname(word) == "/usr/bin")
        if at_home:
            return name
        raise StartError(f'exec: "{word}": stat {word}: no such file or directory')

    def next_pid(self) -> int:
        """Return a new process number."""
        self._last_pid += 1
        return self._last_pid

    def ended(self, process: Process) -> None:
        """Forget a process; with the main one all others go."""
        self.processes.pop(process.pid, None)
        self._root.remove(f"/proc/{process.pid}", recursive=True)
        if process.pid == 1:
            self.stop()

    def stop(self) -> None:
        """Kill whatever still runs."""
        for process in list(self.processes.values()):
            process.kill(9)


def _devices() -> FileSystem:
    """Return a `/dev` of its own; its zeros and noise end after a while, the shell's own redirections know no end."""
    fs = empty()
    for name, data in {
        "null": b"",
        "zero": bytes(_NOISE),
        "random": os.urandom(_NOISE),
        "termination-log": b"",
    }.items():
        write(fs, f"/{name}", data, 0o666)
    fs.symlink("random", "/urandom")
    return fs


@cache
def _binaries(programs: frozenset[str]) -> FileSystem:
    """Return `/bin` of an image; a shell that is given a path runs the file, which names the program again."""
    fs = empty()
    for name in sorted(programs):
        write(fs, f"/{name}", f'{name} "$@"\n'.encode(), 0o755)
    return fs
