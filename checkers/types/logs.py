"""`logs`: what a container wrote, and what it must not write."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from checkers import pods, texts
from checkers.check import CheckType
from checkers.result import Verdict
from checkers.standing import standing
from checkers.types.exec import absent
from checkers.words import say
from checkers.world import Kind, Obj, World


class Logs(pods.PodChoice, frozen=True, kw_only=True):
    """The container; `previous` is the one before its last restart. The last `lines` lines are read."""

    previous: bool = False
    lines: int = 1000


class LogsExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each of `contains` stands in some Pod's log, none of `lacks` in any; texts, or `{$match: regex}`."""

    contains: list[texts.TextExpect] = []
    lacks: list[texts.TextExpect] = []


class LogsCheck(CheckType, frozen=True, kw_only=True):
    """The log of a container; of a workload, of all Pods of its newest revision.

    logs: {workload: Deployment/ledger}
    expect: {contains: ["opened the book of 2026"], lacks: ["panic"]}
    """

    key: ClassVar[str] = "logs"
    polls: ClassVar[bool] = True
    logs: Logs
    expect: LogsExpect

    def reads(self) -> frozenset[Kind]:
        """Pods, and the workloads that make them."""
        return pods.READS

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        found = self.logs.problems()
        if not self.expect.contains and not self.expect.lacks:
            found.append("expect: contains or lacks, with at least one text")
        for field in ("contains", "lacks"):
            for text in getattr(self.expect, field):
                found += texts.problems(text, field)
        return found

    def look(self, world: World) -> Verdict:
        """Read the logs once."""
        found = self.logs.find(world)
        if not found:
            return absent(world, self.logs, asked=self._asked())
        names = [str(pod["metadata"]["name"]) for pod in found]
        return self._judge(world, found, {name: self._read(world, name) for name in names})

    def _read(self, world: World, pod: str) -> str:
        logs = self.logs
        return world.logs(pod, logs.container, logs.namespace, previous=logs.previous, lines=logs.lines)

    def _judge(self, world: World, found: list[Obj], written: dict[str, str]) -> Verdict:
        for text in self.expect.lacks:
            for pod, log in written.items():
                line = next((line for line in log.splitlines() if texts.fits(text, line)), None)
                if line is not None:
                    return self._wrong(pod, say("The log of Pod {pod} holds what it must not.", pod=pod), line, "lacks")
        for text in self.expect.contains:
            if not any(texts.fits(text, log) for log in written.values()):
                return self._lacking(world, found, written)
        names = ", ".join(sorted(written))
        return Verdict(ok=True, found=say("The log of {pods} is as it should be.", pods=names), asked=self._asked())

    def _lacking(self, world: World, found: list[Obj], written: dict[str, str]) -> Verdict:
        # The Pod that wrote something tells more than one that did not.
        pod = max(found, key=lambda each: bool(written[str(each["metadata"]["name"])].strip()))
        name = str(pod["metadata"]["name"])
        last = texts.last_line(written[name])
        why = standing(world, pod)
        if last:
            sentence = say("The log of Pod {pod} does not hold it.", pod=name)
            return self._wrong(name, sentence, last, "contains", healing=why.healing)
        sentence = say("The log of Pod {pod} is empty.", pod=name)
        if self.logs.previous:
            sentence = say("Pod {pod} has no log from before a restart.", pod=name)
        evidence = "" if pods.ready(pod) else why.sentence
        return self._wrong(name, sentence, evidence, "contains", healing=why.healing, quote=False)

    def _wrong(
        self, pod: str, found: str, line: str, path: str, *, healing: bool = True, quote: bool = True
    ) -> Verdict:
        evidence = say("A line of it: {line}", line=texts.shown(line)) if quote else line
        container = f" -c {self.logs.container}" if self.logs.container else ""
        previous = " --previous" if self.logs.previous else ""
        look = f"kubectl logs {pod}{container}{previous}{self.logs.flag()}"
        return Verdict(
            ok=False, found=found, asked=self._asked(), evidence=evidence, look=look, path=path, healing=healing
        )

    def _asked(self) -> str:
        parts = [texts.asked(say("The log"), text) for text in self.expect.contains]
        for text in self.expect.lacks:
            piece = text if isinstance(text, str) else next(iter(text.values()))
            parts.append(say("The log does not contain “{text}”.", text=piece))
        return " ".join(parts)
