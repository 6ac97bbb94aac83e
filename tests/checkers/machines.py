"""Machines for unit tests: files in memory, and what real nodes answered to commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from posixpath import split

from checkers.world import LookError, Ran

NOT_FOUND = Ran(1, "", "No such file or directory")


class Machine:
    """One node: `files` by path as (mode, owner, text); directories follow from them. `ran` by the command's start."""

    def __init__(self, files: dict[str, tuple[str, str, str]] | None = None, **ran: Ran | str) -> None:
        self.files = files or {}
        self.ran = {
            key.replace("_", " "): Ran(0, each, "") if isinstance(each, str) else each for key, each in ran.items()
        }
        self.scripts: dict[str, Callable[[str], Ran]] = {}

    def answer(self, argv: Sequence[str]) -> Ran:
        line = " ".join(argv)
        for start, ran in self.ran.items():
            if line.startswith(start):
                return ran
        if argv[0] == "sh":
            return self.scripts[argv[2]](argv[-1])
        path = argv[-1]
        if argv[0] == "ls":
            names = [name for folder, name in map(split, self.files) if folder == path]
            return Ran(0, "\n".join(names), "") if names else NOT_FOUND
        if path not in self.files:
            return self._folder(argv) if any(split(each)[0] == path for each in self.files) else NOT_FOUND
        mode, owner, text = self.files[path]
        if argv[0] == "stat":
            kind = "regular file" if text else "regular empty file"
            values = {"%F": kind, "%a": mode, "%U:%G": owner, "%s": str(len(text.encode()))}
            return Ran(0, "|".join(values[each] for each in argv[3].split("|")) + "\n", "")
        return Ran(0, "" if argv[0] == "test" else text, "")

    def _folder(self, argv: Sequence[str]) -> Ran:
        values = {"%F": "directory", "%a": "755", "%U:%G": "root:root", "%s": "4096"}
        return Ran(0, "|".join(values[each] for each in argv[3].split("|")) if argv[0] == "stat" else "", "")


class Machines:
    """`checkers.world.Nodes` over `Machine`s by role."""

    def __init__(self, *control_planes: Machine, workers: Sequence[Machine] = ()) -> None:
        self._roles = {
            "control-plane": {f"lab-{number}": each for number, each in enumerate(control_planes, 1)},
            "worker": {f"lab-worker-{number}": each for number, each in enumerate(workers, 1)},
        }

    def names(self, role: str) -> Sequence[str]:
        return list(self._roles[role])

    def run(self, name: str, argv: Sequence[str], timeout: float = 10.0) -> Ran:
        for machines in self._roles.values():
            if name in machines:
                return machines[name].answer(argv)
        raise LookError(f"The node {name} is gone or stopped.")
