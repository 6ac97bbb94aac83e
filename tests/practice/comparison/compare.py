"""Runs the same commands on a real cluster and on the practice cluster, and finds where they differ."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.practice.comparison.normal import normal

HERE = Path(__file__).parent
STEP_SECONDS = 120
SIDE_BY_SIDE = 4
"""Scenarios at a time."""


@dataclass(frozen=True)
class Step:
    """One command of a scenario; what only waits for a state is not compared."""

    id: str
    """`SCENARIO/NUMBER`, from 1."""
    command: str
    compared: bool
    stdin: str = ""


@dataclass(frozen=True)
class Scenario:
    """Commands that run one after the other in a namespace of their own, beside some files."""

    id: str
    files: dict[str, str]
    steps: tuple[Step, ...]
    tool: str
    """`kubectl`, `helm` or `client`."""


@dataclass(frozen=True)
class Target:
    """A cluster: its kubeconfig, and the words that are its own."""

    name: str
    kubeconfig: Path
    nodes: tuple[str, ...]
    own: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """How a command ended, as it is compared."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Outcome:
    """One command on both clusters."""

    step: Step
    tool: str
    first: Answer
    second: Answer

    @property
    def equal(self) -> bool:
        """Whether exit code, output and errors are the same."""
        return self.first == self.second


def scenarios(file: Path) -> list[Scenario]:
    """Return the scenarios of a battery file; every `wait` is a step that is not compared."""
    found = []
    for each in yaml.safe_load(file.read_text()):
        steps = [_step(each["id"], number, step) for number, step in enumerate(each["steps"], 1)]
        found.append(Scenario(each["id"], each.get("files") or {}, tuple(steps), each.get("tool", file.stem)))
    return found


def compare(all: Iterable[Scenario], first: Target, second: Target, folder: Path) -> list[Outcome]:
    """Run every scenario on both clusters and return each compared command's outcome, in order."""
    chosen = list(all)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        pairs = [
            (scenario, pool.submit(_run, scenario, first, folder), pool.submit(_run, scenario, second, folder))
            for scenario in chosen
        ]
        return [
            Outcome(step, scenario.tool, one, two)
            for scenario, left, right in pairs
            for step, one, two in zip(scenario.steps, left.result(), right.result(), strict=True)
            if step.compared
        ]


def _step(scenario: str, number: int, step: Any) -> Step:
    if isinstance(step, str):
        return Step(f"{scenario}/{number}", step, True)
    if "wait" in step:
        return Step(f"{scenario}/{number}", step["wait"], False)
    return Step(f"{scenario}/{number}", step["run"], True, step.get("stdin", ""))


def _run(scenario: Scenario, target: Target, folder: Path) -> list[Answer]:
    """Run the scenario's commands on one cluster, in a namespace that goes afterwards."""
    place = folder / target.name / scenario.id
    place.mkdir(parents=True)
    for name, text in scenario.files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    namespace = f"cmp-{scenario.id}"
    config = place / ".kubeconfig"
    shutil.copy(target.kubeconfig, config)
    environment = {**os.environ, "KUBECONFIG": str(config), "KUBECACHEDIR": str(place / ".cache"), "HOME": str(place)}
    environment |= {"NS": namespace, "PAGER": "cat", "TZ": "UTC", "HELM_CACHE_HOME": str(place / ".helm")}

    def shell(command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=STEP_SECONDS,
            env=environment,
            cwd=place,
            check=False,
        )

    shell(
        f"while kubectl get namespace {namespace} >/dev/null 2>&1; do sleep 0.3; done; "
        f"kubectl create namespace {namespace} && kubectl config set-context --current --namespace {namespace} && "
        "until kubectl get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done"
    )
    try:
        answers = []
        for step in scenario.steps:
            try:
                ran = shell(step.command, step.stdin)
            except subprocess.TimeoutExpired:
                answers.append(Answer(-1, "", "did not end"))
                continue
            texts = [normal(text, target.nodes, target.own) for text in (ran.stdout, ran.stderr)]
            answers.append(Answer(ran.returncode, *texts))
        return answers
    finally:
        shell(f"kubectl delete namespace {namespace} --wait=false --ignore-not-found")
