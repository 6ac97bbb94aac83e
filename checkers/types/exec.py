"""`exec`: a command in a container, how it ends and what it prints."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

import msgspec

from checkers import pods, texts
from checkers.causes import cause
from checkers.check import CheckType, Tree
from checkers.match import match
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.standing import standing
from checkers.words import say
from checkers.world import Kind, Ran, World

STILL_RUNNING = 124
"""What a World reports of a command that did not end in time."""


class Command(pods.PodChoice, frozen=True, kw_only=True):
    """A command, as an argv list, and the Pod to run it in. `seconds` is how long it may take."""

    command: list[str]
    seconds: float = 10.0


class ExecExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it ends. `code` null leaves it open; a text is contained, or `{$match|$equals|$not: …}`."""

    code: int | Tree | None = 0
    stdout: texts.TextExpect | None = None
    stderr: texts.TextExpect | None = None


class ExecCheck(CheckType, frozen=True, kw_only=True):
    """A command in a container of the learner's.

        exec: {workload: Deployment/stall, command: [sh, -c, 'wget -qO- -T 2 "$PRICES"']}
        expect: {stdout: apples 3}

    The exit code must be 0 unless `code` says otherwise.
    """

    key: ClassVar[str] = "exec"
    polls: ClassVar[bool] = True
    exec: Command
    expect: ExecExpect = ExecExpect()

    def reads(self) -> frozenset[Kind]:
        """Pods, and the workloads that make them."""
        return pods.READS

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters themselves."""
        found = self.exec.problems() + ([] if self.exec.command else ["exec.command: a list of at least one word"])
        found += tree_problems(self.expect.code, "code")
        for field, text in (("stdout", self.expect.stdout), ("stderr", self.expect.stderr)):
            found += [] if text is None else texts.problems(text, field)
        return found

    def look(self, world: World) -> Verdict:
        """Run the command once."""
        pod, verdict = chosen(world, self.exec, asked=self._asked())
        if verdict is not None:
            return verdict
        name = str(pod["metadata"]["name"])
        command = self.exec
        ran = world.exec(name, command.command, command.container, command.namespace, timeout=command.seconds)
        return self._judge(name, ran)

    def _judge(self, pod: str, ran: Ran) -> Verdict:
        expect = self.expect
        if expect.code is not None and match(expect.code, ran.code):
            path, found = "code", self._ended(pod, ran)
        elif expect.stdout is not None and not texts.fits(expect.stdout, ran.stdout):
            path, found = "stdout", self._printed(pod, "stdout", ran.stdout)
        elif expect.stderr is not None and not texts.fits(expect.stderr, ran.stderr):
            path, found = "stderr", self._printed(pod, "stderr", ran.stderr)
        else:
            found = say("In Pod {pod}: {output}", pod=pod, output=texts.last_line(ran.stdout) or self._ended(pod, ran))
            return Verdict(ok=True, found=found, asked=self._asked())
        evidence = texts.last_line(ran.stderr) or (texts.last_line(ran.stdout) if path == "code" else "")
        flag = self.exec.flag()
        container = f" -c {self.exec.container}" if self.exec.container else ""
        look = f"kubectl exec {pod}{container}{flag} -- {shlex.join(self.exec.command)}"
        # Mounted files and roll-outs take their time: what a command says may yet change.
        return Verdict(
            ok=False, found=found, asked=self._asked(), evidence=evidence, look=look, path=path, healing=True
        )

    def _ended(self, pod: str, ran: Ran) -> str:
        command = texts.shown(shlex.join(self.exec.command))
        if ran.code == STILL_RUNNING:
            return say(
                "In Pod {pod}, {command} was still running after {seconds:g} seconds.",
                pod=pod,
                command=command,
                seconds=self.exec.seconds,
            )
        return say("In Pod {pod}, {command} ended with code {code}.", pod=pod, command=command, code=ran.code)

    def _printed(self, pod: str, stream: str, text: str) -> str:
        command = texts.shown(shlex.join(self.exec.command))
        if not text.strip():
            return say("In Pod {pod}, {command} wrote nothing to {stream}.", pod=pod, command=command, stream=stream)
        return say("In Pod {pod}, {command} printed: {text}", pod=pod, command=command, text=texts.shown(text))

    def _asked(self) -> str:
        expect = self.expect
        parts = (
            [] if expect.code is None else [say("The command ends with code {code}.", code=texts.spoken(expect.code))]
        )
        parts += [] if expect.stdout is None else [texts.asked("stdout", expect.stdout)]
        parts += [] if expect.stderr is None else [texts.asked("stderr", expect.stderr)]
        return " ".join(parts)


def absent(world: World, choice: pods.PodChoice, *, asked: str) -> Verdict:
    """Return the verdict that there is no such Pod; where a workload cannot make one, why."""
    sentence, healing = choice.missing(world)
    owner = choice.owner(world) if choice.workload and healing else None
    why = cause(world, owner) if owner else None
    if why is None:
        return Verdict(ok=False, found=sentence, asked=asked, look=f"kubectl get pods{choice.flag()}", healing=healing)
    evidence = why.evidence or why.sentence
    return Verdict(ok=False, found=sentence, asked=asked, evidence=evidence, look=why.look, healing=not why.terminal)


def chosen(world: World, choice: pods.PodChoice, *, asked: str) -> tuple[Any, Verdict | None]:
    """Return the Pod to look into; or the verdict that there is none whose container runs."""
    found = choice.find(world)
    flag = choice.flag()
    if not found:
        return None, absent(world, choice, asked=asked)
    pod = found[0]
    state = pods.container_status(pod, choice.container).get("state") or {}
    if pods.running(pod) and "running" in state:
        return pod, None
    name = str(pod["metadata"]["name"])
    look = f"kubectl describe pod {name}{flag}"
    why = standing(world, pod)
    sentence = say("Pod {name} does not run, so no command can.", name=name)
    if choice.container and not pods.container_status(pod, choice.container):
        there = ", ".join(each["name"] for each in pod["spec"]["containers"])
        sentence = say("Pod {name} has no container {container}.", name=name, container=choice.container)
        near = say("Its containers: {names}.", names=there)
        return None, Verdict(ok=False, found=sentence, asked=asked, near=near, look=look)
    return None, Verdict(ok=False, found=sentence, asked=asked, evidence=why.sentence, look=look, healing=why.healing)
