"""Rows of the kinds of API priority and fairness.

https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.tables.texts import NONE, age

FLOW_SCHEMA = "flowcontrol.apiserver.k8s.io/v1/FlowSchema"


def flow_schema(obj: Obj, now: datetime) -> list[Any]:
    """A FlowSchema, and whether its priority level is missing."""
    spec, conditions = obj["spec"], (obj.get("status") or {}).get("conditions") or []
    dangling = next((each["status"] for each in conditions if each["type"] == "Dangling"), "?")
    return [
        *(obj["metadata"]["name"], spec["priorityLevelConfiguration"]["name"], spec.get("matchingPrecedence", 0)),
        *((spec.get("distinguisherMethod") or {}).get("type", NONE), age(obj, now), dangling),
    ]


def priority_level(obj: Obj, now: datetime) -> list[Any]:
    """A PriorityLevelConfiguration: its shares, and how it queues."""
    spec = obj["spec"]
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    numbers = [queuing.get(key, NONE) for key in ("queues", "handSize", "queueLengthLimit")]
    return [
        obj["metadata"]["name"],
        spec["type"],
        limited.get("nominalConcurrencyShares", NONE),
        *numbers,
        age(obj, now),
    ]


def precedence(obj: Obj) -> tuple[int, str]:
    """Return what tables of FlowSchemas are sorted by: the order in which they are tried."""
    return obj["spec"].get("matchingPrecedence", 0), obj["metadata"]["name"]


ROWS = {FLOW_SCHEMA: flow_schema, "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": priority_level}
