"""What runs on a node: systemd units, processes, kernel settings; and a command's answer."""

from __future__ import annotations

import posixpath
import re
from typing import Any

import msgspec

from checkers import texts
from checkers.match import match
from checkers.on_node import Machine
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say

_UNIT = "--property=LoadState,ActiveState,SubState,UnitFileState,Result"
_CHANGING = frozenset({"activating", "deactivating", "reloading"})


class NodeUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A systemd unit: `active` (null leaves it open), `enabled` at boot."""

    name: str
    active: bool | None = True
    enabled: bool | None = None

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        return ["unit: ask for active or enabled"] if self.active is None and self.enabled is None else []

    def look(self, machine: Machine) -> Verdict:
        """Ask systemd once."""
        at = {"unit": self.name, "node": machine.name}
        ran = machine.run("systemctl", "show", self.name, _UNIT)
        state = dict(line.split("=", 1) for line in ran.stdout.splitlines() if "=" in line)
        if state.get("LoadState") == "not-found":
            ok = self.active is not True and self.enabled is not True
            found = say("Node {node} has no unit {unit}.", **at)
            return Verdict(ok=ok, found=found, asked=self._asked(at), near=self._near(machine))
        active, starts = state.get("ActiveState", ""), state.get("UnitFileState", "")
        at |= {"active": active, "sub": state.get("SubState", ""), "starts": starts or "-"}
        found = say("Unit {unit} on node {node} is {active} ({sub}), {starts} at boot.", **at)
        good = self.active in (None, active == "active") and self.enabled in (None, starts.startswith("enabled"))
        if good:
            return Verdict(ok=True, found=found)
        log = machine.run("journalctl", "--unit", self.name, "-n", "1", "-o", "cat", "--no-pager").stdout
        line = texts.last_line(log)
        return Verdict(
            ok=False,
            found=found,
            asked=self._asked(at),
            evidence=say("Last line of its log: {line}", line=line) if line else "",
            look=machine.look("systemctl", "status", self.name),
            healing=active in _CHANGING,
        )

    def _asked(self, at: dict[str, str]) -> str:
        sentences = []
        if self.active is not None:
            yes, no = (
                say("Unit {unit} on node {node} is active.", **at),
                say("Unit {unit} on node {node} is stopped.", **at),
            )
            sentences.append(yes if self.active else no)
        if self.enabled is not None:
            yes = say("Unit {unit} on node {node} starts at boot.", **at)
            no = say("Unit {unit} on node {node} does not start at boot.", **at)
            sentences.append(yes if self.enabled else no)
        return " ".join(sentences)

    def _near(self, machine: Machine) -> str:
        ran = machine.run("systemctl", "list-unit-files", "--type=service", "--no-legend", "--no-pager")
        names = [line.split()[0].removesuffix(".service") for line in ran.stdout.splitlines() if line.strip()]
        close = did_you_mean(self.name.removesuffix(".service"), names)
        return say("There is a unit {name}.", name=close) if close else ""


class NodeProcess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process, in a container or not: by the `name` of its program, or by a regular expression `match` on its line.

    `argument` is one of its arguments, whole (`--v=4`), or a list of them; `{$match: …}` and
    `{$not: …}` look at the whole command line.
    """

    name: str = ""
    match: str = ""
    running: bool = True
    argument: texts.TextExpect | list[texts.TextExpect] | None = None

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        found = [] if bool(self.name) != bool(self.match) else ["process: either name or match"]
        if not self.running and self._arguments:
            found.append("process: argument goes with running: true")
        try:
            re.compile(self.match)
        except re.error as error:
            found.append(f"process.match is not a regular expression: {error}")
        return found + [problem for each in self._arguments for problem in texts.problems(each, "process.argument")]

    @property
    def _arguments(self) -> list[texts.TextExpect]:
        if self.argument is None:
            return []
        return self.argument if isinstance(self.argument, list) else [self.argument]

    def look(self, machine: Machine) -> Verdict:
        """Look at the process list once."""
        lines = machine.run("ps", "-ww", "-eo", "args=").stdout.splitlines()
        found = [line for line in lines if self._is(line)]
        at = {"name": self.name or self.match, "node": machine.name}
        runs, absent = say("{name} runs on node {node}.", **at), say("{name} does not run on node {node}.", **at)
        if bool(found) != self.running:
            names = {posixpath.basename(line.split()[0]) for line in lines if line.strip()}
            close = did_you_mean(self.name, names) if self.running and self.name else ""
            return Verdict(
                ok=False,
                found=runs if found else absent,
                asked=runs if self.running else absent,
                near=say("{close} runs there.", close=close) if close else "",
                look=machine.look("ps", "-ef"),
                healing=True,  # the kubelet and systemd start and stop things in their own time
            )
        for argument in self._arguments:
            if not any(_has(line, argument) for line in found):
                return self._without(machine, argument, found, at)
        return Verdict(ok=True, found=runs if self.running else absent)

    def _is(self, line: str) -> bool:
        if self.match:
            return re.search(self.match, line) is not None
        return bool(line.strip()) and posixpath.basename(line.split()[0]) == self.name

    def _without(self, machine: Machine, argument: texts.TextExpect, lines: list[str], at: dict[str, str]) -> Verdict:
        near = ""
        if isinstance(argument, str):
            flag = argument.partition("=")[0]
            there = [word for line in lines for word in line.split()]
            same = [word for word in there if word.partition("=")[0] == flag]
            close = same[0] if same else did_you_mean(argument, there)
            near = say("It runs with {argument}.", argument=texts.shown(close)) if close else ""
            asked = say("{name} on node {node} runs with {argument}.", argument=argument, **at)
            found = say("{name} on node {node} does not run with {argument}.", argument=argument, **at)
        else:
            asked = texts.asked(say("the command line of {name}", **at), argument)
            found = say("{name} on node {node} runs with another command line.", **at)
        return Verdict(
            ok=False,
            found=found,
            asked=asked,
            near=near,
            look=machine.look("ps", "-ww", "-ef"),
            path="argument",
            healing=True,  # a new manifest makes the kubelet start it anew
        )


def _has(line: str, argument: texts.TextExpect) -> bool:
    return argument in line.split() if isinstance(argument, str) else texts.fits(argument, line)


class NodeSysctl(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kernel setting: `{name: net.ipv4.ip_forward, value: 1}`; `value` may be an operator."""

    name: str
    value: Any

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        return list(tree_problems(self.value, "sysctl.value"))

    def look(self, machine: Machine) -> Verdict:
        """Read the setting once."""
        at = {"name": self.name, "node": machine.name}
        ran = machine.run("sysctl", "-n", self.name)
        if ran.code != 0:
            return Verdict(
                ok=False,
                found=say("Node {node} has no kernel setting {name}.", **at),
                asked=say("{name} on node {node} is {value}.", value=texts.spoken(self.value), **at),
                look=machine.look("sysctl", "-a"),
            )
        value = " ".join(ran.stdout.split())
        wanted = self.value if isinstance(self.value, dict) else str(self.value)
        found = say("{name} on node {node} is {value}.", value=value, **at)
        if not match(wanted, value):
            return Verdict(ok=True, found=found)
        asked = say("{name} on node {node} is {value}.", value=texts.spoken(self.value), **at)
        return Verdict(ok=False, found=found, asked=asked, look=machine.look("sysctl", self.name))


class NodeCommand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command that only reads: `{run: [crictl, images], code: 0, stdout: text}`, within `seconds`."""

    run: list[str]
    code: int | None = 0
    stdout: texts.TextExpect | None = None
    seconds: float = 10.0

    def problems(self) -> list[str]:
        """Return what is wrong with the parameters, for the author."""
        found = [] if self.run else ["command.run: a list of at least one word"]
        return found + ([] if self.stdout is None else texts.problems(self.stdout, "command.stdout"))

    def look(self, machine: Machine) -> Verdict:
        """Run it once."""
        at = {"command": texts.shown(" ".join(self.run)), "node": machine.name}
        ran = machine.run(*self.run, timeout=self.seconds)
        look, said = machine.look(*self.run), texts.last_line(ran.stderr) or texts.last_line(ran.stdout)
        if self.code is not None and ran.code != self.code:
            return Verdict(
                ok=False,
                found=say("{command} on node {node} ended with code {code}.", code=ran.code, **at),
                asked=say("The command ends with code {code}.", code=self.code),
                evidence=said,
                look=look,
                path="code",
            )
        if self.stdout is not None and not texts.fits(self.stdout, ran.stdout):
            return Verdict(
                ok=False,
                found=say("{command} on node {node} printed: {text}", text=texts.shown(ran.stdout), **at),
                asked=texts.asked("stdout", self.stdout),
                evidence=texts.last_line(ran.stderr),
                look=look,
                path="stdout",
            )
        return Verdict(ok=True, found=say("{command} on node {node} printed: {text}", text=said, **at))
