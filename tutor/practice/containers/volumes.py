"""Directories that containers share: emptyDir, configMap, secret, projected, the data of a PersistentVolume."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from bashkit import FileSystem


class Volume:
    """A virtual directory. `medium` is "Memory" for one whose bytes count as its containers' memory."""

    def __init__(self, medium: str = "") -> None:
        self.medium = medium
        self.fs = empty()
        self.claimed: dict[str, int] = {}
        """Sizes of files that only pretend to hold so many bytes, by path in the volume."""
        self.parts: dict[str, Volume] = {}
        """Directories that some container mounts by themselves (`subPath`)."""
        self._numbers = itertools.count(1)

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file at `path`, relative to the volume, with the directories that it needs."""
        write(self.fs, "/" + path.lstrip("/"), data, mode)

    def replace(self, files: Mapping[str, bytes], mode: int = 0o644, modes: Mapping[str, int] | None = None) -> None:
        """Make `files` the volume's content in one step, as the kubelet's AtomicWriter does with a `..data` link."""
        release = f"..{next(self._numbers)}"
        old = self.fs.read_link("/..data") if self.fs.exists("/..data") else None
        for name, data in files.items():
            write(self.fs, f"/{release}/{name}", data, (modes or {}).get(name, mode))
        if not files:
            self.fs.mkdir(f"/{release}")
        wanted = {name.split("/")[0] for name in files}
        for entry in [each["name"] for each in self.fs.read_dir("/")]:
            if entry == "..data" or not (entry.startswith("..") or entry in wanted):
                self.fs.remove("/" + entry, recursive=True)
        self.fs.symlink(release, "/..data")
        for name in wanted:
            if not self.fs.exists("/" + name):
                self.fs.symlink(f"..data/{name}", "/" + name)
        if old:
            self.fs.remove("/" + old, recursive=True)

    def part(self, sub_path: str) -> Volume | bytes:
        """Return the directory at `sub_path`, made where missing; the bytes where it is a file."""
        name = _real(self.fs, "/" + sub_path)
        if name == "/":
            return self
        if self.fs.exists(name) and not _is_directory(self.fs, name):
            return self.fs.read_file(name)
        if name not in self.parts:
            part = self.parts[name] = Volume(self.medium)
            if self.fs.exists(name):
                _copy(self.fs, name, part.fs, "/")
            else:
                self.fs.mkdir(name, recursive=True)
        return self.parts[name]

    def size(self) -> int:
        """Return the bytes that its files hold."""
        claimed = {path: size for path, size in self.claimed.items() if self.fs.exists(path)}
        held = sum(size for path, size in sizes(self.fs, "/") if path not in claimed)
        return held + sum(claimed.values()) + sum(part.size() for part in self.parts.values())


@dataclass(frozen=True)
class Mount:
    """A volume at a path of one container."""

    path: str
    volume: Volume
    sub_path: str = ""
    read_only: bool = False


def empty(but: tuple[str, ...] = ()) -> FileSystem:
    """Return a file system without the directories that bashkit starts with, those in `but` left in."""
    fs = FileSystem()
    for entry in fs.read_dir("/"):
        if entry["name"] not in but:
            fs.remove("/" + entry["name"], recursive=True)
    return fs


def write(fs: FileSystem, path: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file and the directories above it."""
    parent = posixpath.dirname(path)
    if not fs.exists(parent):
        fs.mkdir(parent, recursive=True)
    fs.write_file(path, data)
    fs.chmod(path, mode)


def sizes(fs: FileSystem, top: str) -> list[tuple[str, int]]:
    """Return the files under `top`, links left out, with their sizes."""
    found: list[tuple[str, int]] = []
    for entry in fs.read_dir(top):
        path, kind = posixpath.join(top, entry["name"]), entry["metadata"]["file_type"]
        if kind == "directory":
            found += sizes(fs, path)
        elif kind == "file":
            found.append((path, entry["metadata"]["size"]))
    return found


def _real(fs: FileSystem, path: str) -> str:
    """Return `path` with its links followed, as far as it exists."""
    done, rest = "/", [word for word in posixpath.normpath(path).split("/") if word]
    while rest:
        step = posixpath.normpath(posixpath.join(done, rest.pop(0)))
        if fs.exists(step) and fs.stat(step)["file_type"] == "symlink":
            rest = [*fs.read_link(step).split("/"), *rest]
        else:
            done = step
    return done


def _is_directory(fs: FileSystem, path: str) -> bool:
    return bool(fs.stat(path)["file_type"] == "directory")


def _copy(source: FileSystem, top: str, target: FileSystem, to: str) -> None:
    for path, _ in sizes(source, top):
        write(target, posixpath.join(to, posixpath.relpath(path, top)), source.read_file(path))
