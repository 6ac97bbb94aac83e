"""A file on a node: there or not, what it holds, whose it is."""

from __future__ import annotations

import posixpath
import re

import msgspec

from checkers import texts
from checkers.on_node import Machine
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say

MOST_BYTES = 1 << 20
"""How much of a file is read: manifests and settings are far smaller."""
_STAT = "%F|%a|%U:%G"


class NodeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file (or directory) at `path`.

    `contains` is a text, `{$match|$equals|$not: …}`, or a list of these; `mode` is octal text
    (`"0600"`); `owner` is `root` or `root:root`; with `absent` there must be none.
    """

    path: str
    contains: texts.TextExpect | list[texts.TextExpect] | None = None
    mode: str | None = None
    owner: str | None = None
    absent: bool = False

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        found = [] if self.path.startswith("/") else ["file.path is a whole path, from /"]
        if self.mode is not None and not re.fullmatch(r"0?[0-7]{3,4}", self.mode):
            found.append('file.mode is octal text, such as "0600"')
        if self.absent and (self._pieces or self.mode or self.owner):
            found.append("file: absent goes alone")
        return found + [problem for each in self._pieces for problem in texts.problems(each, "file.contains")]

    @property
    def _pieces(self) -> list[texts.TextExpect]:
        if self.contains is None:
            return []
        return self.contains if isinstance(self.contains, list) else [self.contains]

    def look(self, machine: Machine) -> Verdict:
        """Look at the file once."""
        ran = machine.run("stat", "-L", "-c", _STAT, "--", self.path)
        if ran.code != 0:
            return self._missing(machine)
        if self.absent:
            return Verdict(
                ok=False,
                found=say("{path} is there on node {node}.", path=self.path, node=machine.name),
                asked=say("{path} is not there on node {node}.", path=self.path, node=machine.name),
                look=machine.look("ls", "-l", self.path),
            )
        kind, mode, owner = ran.stdout.strip().split("|")
        return self._rights(machine, mode, owner) or self._content(machine, kind) or self._fine(machine)

    def _fine(self, machine: Machine) -> Verdict:
        return Verdict(ok=True, found=say("{path} on node {node} is as asked.", path=self.path, node=machine.name))

    def _missing(self, machine: Machine) -> Verdict:
        at = {"path": self.path, "node": machine.name}
        sentence = say("There is no {path} on node {node}.", **at)
        if self.absent:
            return Verdict(ok=True, found=sentence)
        return Verdict(
            ok=False,
            found=sentence,
            asked=say("{path} is there on node {node}.", **at),
            near=near_path(machine, self.path),
            look=machine.look("ls", "-la", posixpath.dirname(self.path)),
        )

    def _rights(self, machine: Machine, mode: str, owner: str) -> Verdict | None:
        at = {"path": self.path, "node": machine.name}
        look = machine.look("ls", "-l", self.path)
        if self.mode is not None and int(self.mode, 8) != int(mode, 8):
            found = say("{path} on node {node} has the mode {mode}.", mode=mode.zfill(4), **at)
            asked = say("{path} on node {node} has the mode {mode}.", mode=self.mode.zfill(4), **at)
            return Verdict(ok=False, found=found, asked=asked, look=look, path="mode")
        if self.owner is not None and self.owner not in (owner, owner.partition(":")[0]):
            found = say("{path} on node {node} belongs to {owner}.", owner=owner, **at)
            asked = say("{path} on node {node} belongs to {owner}.", owner=self.owner, **at)
            return Verdict(ok=False, found=found, asked=asked, look=look, path="owner")
        return None

    def _content(self, machine: Machine, kind: str) -> Verdict | None:
        if not self._pieces:
            return None
        at = {"path": self.path, "node": machine.name}
        if kind == "directory":
            found = say("{path} on node {node} is a directory.", **at)
            return Verdict(
                ok=False, found=found, asked=self._asked(self._pieces[0]), look=machine.look("ls", self.path)
            )
        text = machine.run("head", "-c", str(MOST_BYTES), "--", self.path).stdout
        for piece in self._pieces:
            if not texts.fits(piece, text):
                empty = not text.strip()
                found = say("{path} on node {node} is empty.", **at)
                return Verdict(
                    ok=False,
                    found=found if empty else say("{path} on node {node} holds something else.", **at),
                    asked=self._asked(piece),
                    near=near_line(piece, text) if isinstance(piece, str) else "",
                    look=machine.look("cat", self.path),
                    path="contains",
                )
        return None

    def _asked(self, piece: texts.TextExpect) -> str:
        return texts.asked(self.path, piece)


def near_path(machine: Machine, path: str) -> str:
    """Return what is there instead of a missing file: a similar name, or not even the directory."""
    folder, name = posixpath.split(path)
    ran = machine.run("ls", "-1A", "--", folder)
    if ran.code != 0:
        return say("There is no directory {folder} either.", folder=folder)
    close = did_you_mean(name, ran.stdout.splitlines())
    return say("There is a {path}.", path=posixpath.join(folder, close)) if close else ""


def near_line(wanted: str, text: str) -> str:
    """Return the line that says something else about the same key, or is spelled nearly alike."""
    key = re.split(r"[=:]", wanted.strip(" -"), maxsplit=1)[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    same = [line for line in lines if re.match(rf"[- ]*{re.escape(key)}\s*[=:]", line)] if key else []
    close = same[0] if same else did_you_mean(wanted.strip(), lines[:5000])
    return say("It has the line: {line}", line=texts.shown(close)) if close else ""
