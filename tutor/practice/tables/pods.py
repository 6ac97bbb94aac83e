"""A Pod's row; its STATUS is the word that tells most, from the phase to a container's reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.clock import parse_stamp
from tutor.practice.tables.texts import NONE, age, since


def pod(obj: Obj, now: datetime) -> list[Any]:
    """Return the cells, as `printPod` of the API server."""
    spec, status = obj["spec"], obj.get("status") or {}
    summary = _Summary(spec, status)
    reason = summary.reason
    if obj["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            reason = "Terminating"
    restarts = str(summary.restarts)
    if summary.restarts and summary.last:
        restarts += f" ({since(summary.last, now)} ago)"
    ips = status.get("podIPs") or []
    return [
        obj["metadata"]["name"],
        f"{summary.ready}/{summary.total}",
        reason,
        restarts,
        age(obj, now),
        (ips[0]["ip"] if ips else status.get("podIP")) or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


class _Summary:
    """What the containers' states come to."""

    def __init__(self, spec: Obj, status: Obj) -> None:
        self.reason = status.get("reason") or status.get("phase") or ""
        self.ready = self.restarts = 0
        self.last = ""
        self._conditions = {each["type"]: each for each in status.get("conditions") or []}
        if self._conditions.get("PodScheduled", {}).get("reason") == "SchedulingGated":
            self.reason = "SchedulingGated"
        inits = spec.get("initContainers") or []
        self._sidecars = {each["name"] for each in inits if each.get("restartPolicy") == "Always"}
        self.total = len(spec.get("containers") or []) + len(self._sidecars)
        initialising = self._init(status.get("initContainerStatuses") or [], len(inits))
        if not initialising or self._is_true("Initialized"):
            self._main(status)

    def _init(self, statuses: list[Obj], total: int) -> bool:
        """Take the init containers; True while one of them keeps the others waiting."""
        for number, each in enumerate(statuses):
            self._count(each)
            state = each.get("state") or {}
            ended, waiting = state.get("terminated"), state.get("waiting")
            if ended is not None and ended.get("exitCode", 0) == 0:
                continue
            if each["name"] in self._sidecars and each.get("started"):
                self.ready += bool(each.get("ready"))
                continue
            if ended is not None:
                self.reason = "Init:" + (ended.get("reason") or _how(ended))
            elif waiting and waiting.get("reason") not in (None, "", "PodInitializing"):
                self.reason = f"Init:{waiting['reason']}"
            else:
                self.reason = f"Init:{number}/{total}"
            return True
        return False

    def _main(self, status: Obj) -> None:
        sidecars = [e for e in status.get("initContainerStatuses") or [] if e["name"] in self._sidecars]
        self.restarts, self.last = 0, ""
        for each in sidecars:
            self._count(each)
        running = False
        for each in reversed(status.get("containerStatuses") or []):
            self._count(each)
            state = each.get("state") or {}
            ended, waiting = state.get("terminated"), state.get("waiting")
            if waiting and waiting.get("reason"):
                self.reason = waiting["reason"]
            elif ended is not None:
                self.reason = ended.get("reason") or _how(ended)
            elif each.get("ready") and "running" in state:
                running = True
                self.ready += 1
        if self.reason == "Completed" and running:
            self.reason = "Running" if self._is_true("Ready") else "NotReady"

    def _count(self, status: Obj) -> None:
        self.restarts += status.get("restartCount", 0)
        finished = ((status.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
        if finished and (not self.last or parse_stamp(finished) > parse_stamp(self.last)):
            self.last = finished

    def _is_true(self, condition: str) -> bool:
        return bool(self._conditions.get(condition, {}).get("status") == "True")


def _how(ended: Obj) -> str:
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _gates(spec: Obj, status: Obj) -> str:
    gates = spec.get("readinessGates") or []
    if not gates:
        return NONE
    true = {each["type"] for each in status.get("conditions") or [] if each["status"] == "True"}
    return f"{sum(gate['conditionType'] in true for gate in gates)}/{len(gates)}"
