"""`etcd`: a snapshot that can be read back, and what it holds."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from typing import Any, ClassVar

import msgspec

from checkers import etcd_file, texts
from checkers.check import CheckType, Tree
from checkers.match import match
from checkers.node_file import near_path
from checkers.on_node import Machine, NodeChoice
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say
from checkers.world import Kind, LookError, World

MOST_BYTES = 256 << 20
"""A snapshot larger than this is not fetched to look for keys; a small cluster's has 5 to 30 MB."""
SECONDS = 60.0
NO_TOOL = 127

# etcdutl is in etcd's image only: take it from the running container, else from the image's layers.
STATUS = """
tool=/proc/$(pgrep -o -x etcd)/root/usr/local/bin/etcdutl
[ -x "$tool" ] || tool=$(find /var/lib/containerd -path '*/usr/local/bin/etcdutl' 2>/dev/null | head -n 1)
[ -x "$tool" ] || exit 127
exec "$tool" snapshot status "$1" -w json
"""
# `snapshot save` puts a SHA-256 of all before it at the end; restoring checks it, `snapshot status` does not.
CHECKSUM = """
[ $(( $(stat -L -c %s -- "$1") % 512 )) -eq 32 ] || { echo none; exit; }
end=$(tail -c 32 -- "$1" | od -An -v -tx1 | tr -d ' \\n')
sum=$(head -c -32 -- "$1" | sha256sum | cut -d ' ' -f 1)
[ "$end" = "$sum" ] && echo good || echo bad
"""
FETCH = 'gzip -1 -c -- "$1" | base64 -w 0'


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the file is: its whole path, on any control-plane node unless `node` says otherwise."""

    snapshot: str
    node: NodeChoice = NodeChoice(role="control-plane", any=True)


class EtcdExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it holds: `keys` by name, or all below a prefix that ends in `/`; `revision` and `total_keys` as numbers."""

    readable: bool = True
    keys: list[str] = msgspec.field(default_factory=list)
    revision: int | Tree | None = None
    total_keys: int | Tree | None = None


class EtcdCheck(CheckType, frozen=True, kw_only=True):
    """A snapshot of etcd that can be restored.

        etcd: {snapshot: /var/lib/etcd/before-upgrade.db}
        expect: {keys: [/registry/configmaps/museum/catalogue, /registry/pods/museum/]}

    Readable means that `etcdutl snapshot status` reads it, and that the checksum at its end is right,
    which `etcdutl snapshot restore` asks for.
    Source: https://etcd.io/docs/v3.6/op-guide/recovery/
    """

    key: ClassVar[str] = "etcd"
    polls: ClassVar[bool] = True
    etcd: Snapshot
    expect: EtcdExpect = EtcdExpect()

    def reads(self) -> frozenset[Kind]:
        """Nothing that can be watched."""
        return frozenset()

    def problems(self) -> list[str]:
        """Check the path and the numbers."""
        found = [] if self.etcd.snapshot.startswith("/") else ["etcd.snapshot is a whole path, from /"]
        found += [] if self.expect.readable else ["expect.readable can only be true"]
        found += tree_problems(self.expect.revision, "expect.revision")
        return found + list(tree_problems(self.expect.total_keys, "expect.total_keys")) + self.etcd.node.problems()

    def look(self, world: World) -> Verdict:
        """Look at the file on the chosen nodes."""
        return self.etcd.node.judge(world, self._look)

    def _look(self, machine: Machine) -> Verdict:
        path = self.etcd.snapshot
        stat = machine.run("stat", "-L", "-c", "%F|%s", "--", path)
        if stat.code != 0:
            return self._missing(machine)
        kind, size = stat.stdout.strip().split("|")
        if not kind.startswith("regular"):
            return self._fail(machine, say("{path} on node {node} is not a file.", **self._at(machine)))
        if size == "0":
            return self._fail(machine, say("{path} on node {node} is empty: it has 0 bytes.", **self._at(machine)))
        ran = machine.run("sh", "-c", STATUS, "sh", path, timeout=SECONDS)
        if ran.code == NO_TOOL:
            raise LookError(
                say("There is no etcdutl on node {node} to read the snapshot with.", node=machine.name),
                say("It comes with etcd's image; see whether etcd was ever started on this node."),
            )
        status = _status(ran.stdout)
        if ran.code != 0 or status is None:
            sentence = say("{path} on node {node} cannot be read as a snapshot.", **self._at(machine))
            return self._fail(machine, sentence, evidence=_reason(ran.stderr))
        return self._whole(machine) or self._numbers(machine, status) or self._keys(machine, status, int(size))

    def _at(self, machine: Machine) -> dict[str, str]:
        return {"path": self.etcd.snapshot, "node": machine.name}

    def _missing(self, machine: Machine) -> Verdict:
        part = machine.run("test", "-e", f"{self.etcd.snapshot}.part").code == 0
        near = say("{path}.part is there: a snapshot that has not come to its end.", path=self.etcd.snapshot)
        return Verdict(
            ok=False,
            found=say("There is no {path} on node {node}.", **self._at(machine)),
            asked=self._asked(machine),
            near=near if part else near_path(machine, self.etcd.snapshot),
            look=machine.look("ls", "-la", self.etcd.snapshot.rpartition("/")[0] or "/"),
            healing=part,
        )

    def _whole(self, machine: Machine) -> Verdict | None:
        """Fail unless the checksum at the end is right."""
        answer = machine.run("sh", "-c", CHECKSUM, "sh", self.etcd.snapshot, timeout=SECONDS).stdout.strip()
        if answer == "good":
            return None
        if answer == "none":
            sentence = say("{path} on node {node} has no checksum at its end.", **self._at(machine))
            near = say("Copies of etcd's data file have none, and snapshots that were cut short.")
            return self._fail(machine, sentence, near=near)
        sentence = say("The checksum at the end of {path} on node {node} does not fit the rest.", **self._at(machine))
        return self._fail(machine, sentence, near=say("The file was changed or damaged after it was saved."))

    def _numbers(self, machine: Machine, status: dict[str, Any]) -> Verdict | None:
        expect = self.expect
        if expect.revision is not None and match(expect.revision, status.get("revision")):
            found = say("The snapshot was taken at revision {revision}.", revision=status.get("revision"))
            asked = say("Its revision: {revision}.", revision=texts.spoken(expect.revision))
            return self._fail(machine, found, asked=asked, path="revision")
        if expect.total_keys is not None and match(expect.total_keys, status.get("totalKey")):
            found = say("The snapshot has {keys} keys.", keys=status.get("totalKey"))
            asked = say("Its number of keys: {keys}.", keys=texts.spoken(expect.total_keys))
            return self._fail(machine, found, asked=asked, path="total_keys")
        return None

    def _keys(self, machine: Machine, status: dict[str, Any], size: int) -> Verdict:
        found = say(
            "The snapshot {path} can be read: revision {revision}, {keys} keys, hash {hash:x}.",
            path=self.etcd.snapshot,
            revision=status.get("revision"),
            keys=status.get("totalKey"),
            hash=int(status.get("hash") or 0),
        )
        if not self.expect.keys:
            return Verdict(ok=True, found=found)
        stored = self._fetch(machine, size)
        there = {name for name, each in stored.items() if not each.deleted}
        for key in self.expect.keys:
            if not (key in there or (key.endswith("/") and any(name.startswith(key) for name in there))):
                return Verdict(
                    ok=False,
                    found=say("The snapshot {path} has no key {key}.", path=self.etcd.snapshot, key=key),
                    asked=say("It holds the key {key}.", key=key),
                    near=_near_key(key, stored),
                    evidence=found,
                    look=self._command(machine),
                    path="keys",
                )
        return Verdict(ok=True, found=found)

    def _fetch(self, machine: Machine, size: int) -> dict[str, etcd_file.Stored]:
        if size > MOST_BYTES:
            raise LookError(say("The snapshot is too large to look into: {size} MiB.", size=size >> 20))
        ran = machine.run("sh", "-c", FETCH, "sh", self.etcd.snapshot, timeout=SECONDS)
        try:
            return etcd_file.keys(gzip.decompress(base64.b64decode(ran.stdout)))
        except (etcd_file.Damaged, binascii.Error, OSError, EOFError, zlib.error) as error:
            raise LookError(say("The snapshot's keys cannot be listed: {error}.", error=error)) from error

    def _fail(
        self,
        machine: Machine,
        found: str,
        *,
        asked: str = "",
        near: str = "",
        evidence: str = "",
        path: str = "readable",
    ) -> Verdict:
        asked = asked or self._asked(machine)
        look = self._command(machine)
        return Verdict(ok=False, found=found, asked=asked, near=near, evidence=evidence, look=look, path=path)

    def _asked(self, machine: Machine) -> str:
        return say("{path} on node {node} is a snapshot of etcd that can be read back.", **self._at(machine))

    def _command(self, machine: Machine) -> str:
        return machine.look("ls", "-l", self.etcd.snapshot)


def _status(text: str) -> dict[str, Any] | None:
    try:
        status = json.loads(text)
    except ValueError:
        return None
    return status if isinstance(status, dict) else None


def _reason(stderr: str) -> str:
    """Return what etcdutl says of a file that it cannot read; over a cut file it crashes with a long trace."""
    line = next((line for line in stderr.splitlines() if line.startswith(("Error:", "panic:", "unexpected fault"))), "")
    return say("etcdutl says: {line}", line=texts.shown(line or texts.last_line(stderr))) if stderr.strip() else ""


def _near_key(key: str, stored: dict[str, etcd_file.Stored]) -> str:
    gone = stored.get(key)
    if gone is not None:
        return say("It was deleted at revision {revision}, before the snapshot was taken.", revision=gone.revision)
    there = [name for name, each in stored.items() if not each.deleted]
    folder, _, _ = key.rstrip("/").rpartition("/")
    beside = [name for name in there if name.startswith(f"{folder}/")]
    if close := did_you_mean(key, beside or there):
        return say("It has the key {close}.", close=close)
    return ""
