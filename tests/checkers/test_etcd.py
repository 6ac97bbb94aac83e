"""The check type `etcd`, against snapshots that etcd 3.6 saved."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

import pytest

from checkers import etcd_file
from checkers.etcd_file import Damaged, Stored
from checkers.result import Verdict
from checkers.types.etcd import CHECKSUM, FETCH, NO_TOOL, STATUS
from checkers.world import LookError, Ran

from .behaviour import look, problems
from .machines import NOT_FOUND, Machine, Machines
from .recorded import RECORDED, RecordedWorld

PATH = "/var/lib/etcd/before.db"
CATALOGUE = "/registry/configmaps/museum/catalogue"
READABLE = f"{{etcd: {{snapshot: {PATH}}}}}"
ASKED = f"{PATH} on node lab-1 is a snapshot of etcd that can be read back."
LOOK = f"On node lab-1: ls -l {PATH}"
# What `etcdutl snapshot status -w json` printed for these files.
SAID = {
    "small": {"hash": 150016653, "revision": 6, "totalKey": 4, "totalSize": 32768, "version": "3.6.0"},
    "late": {"hash": 3974042212, "revision": 7, "totalKey": 3, "totalSize": 32768, "version": "3.6.0"},
    "many": {"hash": 4023535332, "revision": 307, "totalKey": 303, "totalSize": 94208, "version": "3.6.0"},
}


def snapshot(name: str) -> bytes:
    return gzip.decompress((RECORDED / f"etcd-{name}.db.gz").read_bytes())


def node(data: bytes | None, status: Ran | None = None, name: str = PATH) -> Machine:
    """A control plane with a file; the checksum and the fetching are done as the shell would."""
    machine = Machine(
        {name: ("600", "root:root", "x")} if data is not None else {"/var/lib/etcd/other": ("600", "", "x")}
    )
    if data is not None:
        kind = "regular file" if data else "regular empty file"
        machine.ran[f"stat -L -c %F|%s -- {name}"] = Ran(0, f"{kind}|{len(data)}\n", "")
        machine.scripts = {
            STATUS: lambda _: status or Ran(0, json.dumps(SAID["small"]), ""),
            CHECKSUM: lambda _: checksum(data),
        }
        machine.scripts[FETCH] = lambda _: Ran(0, base64.b64encode(gzip.compress(data)).decode(), "")
    return machine


def checksum(data: bytes) -> Ran:
    if len(data) % 512 != 32:
        return Ran(0, "none\n", "")
    return Ran(0, "good\n" if hashlib.sha256(data[:-32]).digest() == data[-32:] else "bad\n", "")


def saved(name: str) -> Machine:
    return node(snapshot(name), Ran(0, json.dumps(SAID[name]), ""))


def world(*machines: Machine) -> RecordedWorld:
    return RecordedWorld(nodes=Machines(*machines))


def expecting(expect: str) -> str:
    return f"{{etcd: {{snapshot: {PATH}}}, expect: {expect}}}"


def test_a_snapshot_that_can_be_read() -> None:
    assert look(READABLE, world(saved("small"))) == Verdict(
        ok=True, found=f"The snapshot {PATH} can be read: revision 6, 4 keys, hash 8f1128d."
    )


@pytest.mark.parametrize(
    ("name", "expect"),
    [
        ("small", f"{{keys: [{CATALOGUE}, /registry/pods/museum/]}}"),
        ("small", "{keys: [/registry/configmaps/museum/gemälde-画]}"),
        ("late", "{revision: {$gte: 7}, total_keys: 3}"),
        ("many", "{keys: [/registry/events/museum/e1, /registry/events/museum/e300]}"),
    ],
)
def test_what_it_holds(name: str, expect: str) -> None:
    assert look(expecting(expect), world(saved(name))).ok


def test_a_key_that_was_deleted_before() -> None:
    assert look(expecting(f"{{keys: [{CATALOGUE}]}}"), world(saved("late"))) == Verdict(
        ok=False,
        found=f"The snapshot {PATH} has no key {CATALOGUE}.",
        asked=f"It holds the key {CATALOGUE}.",
        near="It was deleted at revision 7, before the snapshot was taken.",
        evidence=f"The snapshot {PATH} can be read: revision 7, 3 keys, hash ecdf1264.",
        look=LOOK,
        path="keys",
    )


def test_a_key_of_a_similar_name_and_one_of_no_name() -> None:
    verdict = look(expecting("{keys: [/registry/configmaps/museum/visitor]}"), world(saved("small")))
    assert verdict.near == "It has the key /registry/configmaps/museum/visitors."
    assert look(expecting("{keys: [/zzz]}"), world(saved("small"))).near == ""
    assert not look(expecting("{keys: [/registry/pods/muse]}"), world(saved("small"))).ok


def test_an_older_snapshot_than_was_asked() -> None:
    verdict = look(expecting("{revision: {$gte: 9}}"), world(saved("small")))
    assert verdict.found == "The snapshot was taken at revision 6."
    assert verdict.asked == "Its revision: ≥ 9."
    assert look(expecting("{total_keys: {$gt: 9}}"), world(saved("small"))).found == "The snapshot has 4 keys."


def test_no_file() -> None:
    assert look(READABLE, world(node(None))) == Verdict(
        ok=False,
        found=f"There is no {PATH} on node lab-1.",
        asked=ASKED,
        look="On node lab-1: ls -la /var/lib/etcd",
    )
    verdict = look(READABLE, world(node(b"x", name="/var/lib/etcd/befor.db")))
    assert verdict.near == "There is a /var/lib/etcd/befor.db."


def test_a_snapshot_under_way() -> None:
    verdict = look(READABLE, world(node(b"x", name=f"{PATH}.part")))
    assert verdict.near == f"{PATH}.part is there: a snapshot that has not come to its end."
    assert verdict.healing


def test_an_empty_file() -> None:
    verdict = look(READABLE, world(node(b"")))
    assert verdict == Verdict(
        ok=False, found=f"{PATH} on node lab-1 is empty: it has 0 bytes.", asked=ASKED, look=LOOK, path="readable"
    )


CRASH = (
    "panic: assertion failed: Page expected to be: 1204, but self identifies as 0\n\n"
    "goroutine 1 [running]:\ngo.etcd.io/bbolt/internal/common.Assert(...)\n"
)


@pytest.mark.parametrize(
    ("data", "stderr", "evidence"),
    [
        (b"hello\n", "Error: invalid database\n", "etcdutl says: Error: invalid database"),
        (
            snapshot("many")[:20000],
            CRASH,
            "etcdutl says: panic: assertion failed: Page expected to be: 1204, but self identifies as 0",
        ),
        (b"x", "", ""),
    ],
)
def test_what_etcd_cannot_read(data: bytes, stderr: str, evidence: str) -> None:
    assert look(READABLE, world(node(data, Ran(2, "", stderr)))) == Verdict(
        ok=False,
        found=f"{PATH} on node lab-1 cannot be read as a snapshot.",
        asked=ASKED,
        evidence=evidence,
        look=LOOK,
        path="readable",
    )


def test_an_answer_that_is_not_json() -> None:
    for text in ("", "null", "[]", "+----+"):
        assert "cannot be read" in look(READABLE, world(node(b"x", Ran(0, text, "")))).found


def test_a_copy_of_the_data_file() -> None:
    verdict = look(READABLE, world(node(snapshot("small")[:-32])))
    assert verdict.found == f"{PATH} on node lab-1 has no checksum at its end."
    assert verdict.near == "Copies of etcd's data file have none, and snapshots that were cut short."


def test_a_snapshot_that_was_changed() -> None:
    data = bytearray(snapshot("small"))
    data[20000] ^= 1
    verdict = look(READABLE, world(node(bytes(data))))
    assert verdict.found == f"The checksum at the end of {PATH} on node lab-1 does not fit the rest."


def test_a_directory() -> None:
    machine = Machine({f"{PATH}/member": ("600", "root:root", "x")})
    assert look(READABLE, world(machine)).found == f"{PATH} on node lab-1 is not a file."


def test_of_several_control_planes_any_will_do() -> None:
    assert look(READABLE, world(node(None), saved("small"))).ok
    on_first = f"{{etcd: {{snapshot: {PATH}, node: {{role: control-plane, index: 0}}}}}}"
    assert not look(on_first, world(node(None), saved("small"))).ok


def test_what_is_no_verdict() -> None:
    with pytest.raises(LookError, match="no etcdutl"):
        look(READABLE, world(node(b"x", Ran(NO_TOOL, "", ""))))
    with pytest.raises(LookError, match="cannot be opened"):
        look(READABLE, RecordedWorld())
    machine = saved("small")
    machine.scripts[FETCH] = lambda _: NOT_FOUND
    with pytest.raises(LookError, match="keys cannot be listed"):
        look(expecting("{keys: [/a]}"), world(machine))


def test_keys_with_their_revisions() -> None:
    assert etcd_file.keys(snapshot("late")) == {
        CATALOGUE: Stored(7, deleted=True),
        "/registry/configmaps/museum/visitors": Stored(6, deleted=False),
        "/registry/pods/museum/guard": Stored(4, deleted=False),
        "/registry/configmaps/museum/gemälde-画": Stored(5, deleted=False),
    }
    assert sum(not each.deleted for each in etcd_file.keys(snapshot("many")).values()) == SAID["many"]["totalKey"]


def test_damage_is_damage_and_nothing_else() -> None:
    whole = snapshot("many")
    for cut in (0, 1, 15, 16, 60, 100, 4096, 5000, 8192, 30000):
        with pytest.raises(Damaged):
            etcd_file.keys(whole[:cut])
    for place in range(0, len(whole), 997):
        data = bytearray(whole)
        data[place : place + 64] = b"\xff" * 64
        try:
            etcd_file.keys(bytes(data))
        except Damaged:
            continue


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{etcd: {snapshot: before.db}}", "a whole path"),
        (expecting("{readable: false}"), "can only be true"),
        (expecting("{revision: {$gtee: 1}}"), "$gtee"),
        (expecting("{kyes: []}"), "has no key kyes"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, problem: str) -> None:
    assert problem in " ".join(problems(text))
