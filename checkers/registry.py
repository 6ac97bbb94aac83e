"""All check types by the key that chooses them."""

from __future__ import annotations

from checkers.check import CheckType
from checkers.types.absent import AbsentCheck
from checkers.types.admission import AdmissionCheck
from checkers.types.answer import AnswerCheck
from checkers.types.can_i import CanICheck
from checkers.types.count import CountCheck
from checkers.types.dns import DnsCheck
from checkers.types.etcd import EtcdCheck
from checkers.types.event import EventCheck
from checkers.types.exec import ExecCheck
from checkers.types.helm import HelmCheck
from checkers.types.http import HttpCheck
from checkers.types.logs import LogsCheck
from checkers.types.metric import MetricCheck
from checkers.types.node import NodeCheck
from checkers.types.object import ObjectCheck
from checkers.types.reach import ReachCheck
from checkers.types.rollout import RolloutCheck

# One import and one entry a type: explicit, so that a reader finds every type here.
TYPES: dict[str, type[CheckType]] = {
    each.key: each
    for each in (
        ObjectCheck,
        CountCheck,
        AbsentCheck,
        EventCheck,
        RolloutCheck,
        DnsCheck,
        ExecCheck,
        HttpCheck,
        LogsCheck,
        MetricCheck,
        ReachCheck,
        AnswerCheck,
        HelmCheck,
        CanICheck,
        AdmissionCheck,
        NodeCheck,
        EtcdCheck,
    )
}
