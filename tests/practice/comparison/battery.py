"""The whole battery: kubectl and helm scenarios and the calls of the Python client."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.practice.comparison.client import answers
from tests.practice.comparison.compare import HERE, Outcome, Step, Target, compare, scenarios

FILES = ("kubectl.yaml", "kinds.yaml", "tools.yaml", "helm.yaml")
CLIENT = "client"


def battery(first: Target, second: Target, folder: Path, chosen: Sequence[str] = ()) -> list[Outcome]:
    """Run everything, or the chosen scenarios, on both clusters; return the outcomes in order."""
    runs = [each for name in FILES for each in scenarios(HERE / name) if not chosen or each.id in chosen]
    outcomes = compare(runs, first, second, folder)
    if not chosen or CLIENT in chosen:
        outcomes += client_outcomes(first, second)
    return outcomes


def seen_twice(outcomes: Sequence[Outcome], again: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes where a difference counts only if it shows in a second run of its scenario, too."""
    equal = {outcome.step.id for outcome in again if outcome.equal}
    second = {outcome.step.id: outcome for outcome in again}
    return [second[each.step.id] if not each.equal and each.step.id in equal else each for each in outcomes]


def scenario_of(outcome: Outcome) -> str:
    """Return the scenario that an outcome belongs to."""
    return outcome.step.id.rpartition("/")[0]


def client_outcomes(first: Target, second: Target) -> list[Outcome]:
    """Make the calls of the Python client on both clusters."""
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(answers, (first, second))
    return [Outcome(Step(f"{CLIENT}/{name}", name, True), CLIENT, answer, two[name]) for name, answer in one.items()]


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return how many answers are equal, for each tool and together."""
    equal = sum(outcome.equal for outcome in outcomes)
    tools = []
    for tool in dict.fromkeys(outcome.tool for outcome in outcomes):
        of_tool = [outcome.equal for outcome in outcomes if outcome.tool == tool]
        tools.append(f"{tool} {sum(of_tool)}/{len(of_tool)}")
    return f"practice equals kind in {equal} of {len(outcomes)} answers ({share(outcomes):.1f} %): {', '.join(tools)}"


def share(outcomes: Sequence[Outcome]) -> float:
    """Return the share of equal answers, in percent."""
    return 100 * sum(outcome.equal for outcome in outcomes) / len(outcomes)
