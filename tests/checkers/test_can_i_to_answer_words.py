"""Every sentence of can_i, admission, helm, node, etcd and answer can be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from checkers.words import use_language
from checkers.world import Admission, Ran

from . import test_admission as admission
from . import test_answer as answer
from . import test_can_i as can_i
from . import test_etcd as etcd
from . import test_node as node
from .behaviour import look
from .recorded import RecordedWorld

BOUND = can_i.binding("reads", "Role/log-reader", can_i.account())
NODE = "{node: {role: control-plane}, %s}"


def machine(**ran: str) -> RecordedWorld:
    return node.world(node.Machine(node.FILES, **ran))


CASES = {
    "can_i nothing": (can_i.READS, lambda: can_i.world()),
    "can_i other subject": (can_i.READS, lambda: can_i.world(can_i.READER, can_i.binding("b", "Role/log-reader"))),
    "can_i passes": (can_i.READS, lambda: can_i.world(can_i.READER, BOUND)),
    "can_i too much": (
        can_i.NO_MORE,
        lambda: can_i.world(can_i.VIEW, can_i.binding("b", "ClusterRole/view", can_i.account())),
    ),
    "admission accepted": (admission.REFUSED, lambda: admission.says(admission.YES, admission.space(warn="baseline"))),
    "admission refused": (
        admission.ACCEPTED,
        lambda: admission.says(admission.NO, admission.space(enforce="baseline")),
    ),
    "admission other": (admission.REFUSED, lambda: admission.says(Admission(False, "exceeded quota: q", "Forbidden"))),
    "helm none": ("{helm: {release: cornr}}", lambda: RecordedWorld.of("helm")),
    "helm failed": ("{helm: {release: stuck}}", lambda: RecordedWorld.of("helm")),
    "helm forgotten": (
        "{helm: {release: corner}, expect: {values: {replicaCount: 2}}}",
        lambda: RecordedWorld.of("helm"),
    ),
    "helm unread": ("{helm: {release: other}, expect: {values: {replicaCount: 2}}}", lambda: RecordedWorld.of("helm")),
    "file missing": (NODE % "file: {path: /etc/kubernetes/manifests/etcd.yml}", machine),
    "file content": (NODE % f"file: {{path: {node.ETCD}, contains: --snapshot-count=5}}", machine),
    "file mode": (NODE % f"file: {{path: {node.ETCD}, mode: '0644'}}", machine),
    "unit failed": (NODE % "unit: {name: a, enabled: true}", lambda: machine(systemctl=node.FAILED, journalctl="oh\n")),
    "process": (NODE % "process: {name: kube-apisever}", lambda: machine(ps=node.PS)),
    "argument": (NODE % "process: {name: kubelet, argument: --v=4}", lambda: machine(ps=node.PS)),
    "sysctl": (NODE % "sysctl: {name: a, value: 1}", lambda: machine(sysctl="0")),
    "etcd missing": (etcd.READABLE, lambda: etcd.world(etcd.node(None))),
    "etcd empty": (etcd.READABLE, lambda: etcd.world(etcd.node(b""))),
    "etcd unreadable": (etcd.READABLE, lambda: etcd.world(etcd.node(b"x", Ran(1, "", "Error: no")))),
    "etcd bare": (etcd.READABLE, lambda: etcd.world(etcd.node(b"x"))),
    "etcd deleted": (etcd.expecting(f"{{keys: [{etcd.CATALOGUE}]}}"), lambda: etcd.world(etcd.saved("late"))),
    "answer none": (answer.LEADER, lambda: RecordedWorld(answer.LEASE, answer.notes({}, "answer"))),
    "answer key": (answer.LEADER, lambda: RecordedWorld(answer.LEASE, answer.notes({"ti": "x"}))),
    "answer wrong": (answer.LEADER, lambda: answer.wrote("lab-control-plan")),
    "answer part": (answer.NAMES, lambda: answer.wrote("web-abcde web-x", *answer.THREE)),
}


@pytest.fixture
def pseudo() -> Iterator[None]:
    use_language("pseudo")
    yield
    use_language("en")


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("case", CASES)
def test_every_sentence_is_translated(case: str) -> None:
    text, make = CASES[case]
    verdict = look(text, make())
    assert verdict.found
    for sentence in (verdict.found, verdict.asked, verdict.near):
        rest = sentence
        while rest != (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)):
            rest = shorter
        assert not rest.strip(), sentence
