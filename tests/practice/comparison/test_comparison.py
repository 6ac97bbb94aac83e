"""The practice cluster answers as a real one does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.practice.comparison.__main__ import difference
from tests.practice.comparison.battery import battery, scenario_of, seen_twice, share, summary
from tests.practice.comparison.compare import HERE
from tests.practice.comparison.targets import practice_cluster, target


@dataclass(frozen=True)
class Known:
    """A difference that is known: why it is there, and whether it shows in every run."""

    id: str
    reason: str
    stable: bool = True


@pytest.mark.kind
def test_practice_answers_as_kind_does(kubeconfig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = yaml.safe_load((HERE / "differences.yaml").read_text())
    known = {each["id"]: Known(**each) for each in listed["differences"]}
    with practice_cluster(tmp_path / "practice") as practice:
        both = target("kind", kubeconfig), target("practice", practice)
        outcomes = battery(*both, tmp_path / "runs")
        odd = {scenario_of(each) for each in outcomes if not each.equal and each.step.id not in known}
        if odd:  # a busy machine answers late, and then otherwise: only what differs again differs
            outcomes = seen_twice(outcomes, battery(*both, tmp_path / "again", sorted(odd)))
    differing = {outcome.step.id: outcome for outcome in outcomes if not outcome.equal}
    with capsys.disabled():
        print(f"\n{summary(outcomes)}")
        for id in differing:
            print(f"  {id}: {known[id].reason if id in known else 'not known'}")
    for each in known.values():
        if each.stable and each.id not in differing:
            warnings.warn(f"{each.id} does not differ any more; take it out of differences.yaml.", stacklevel=1)
    unknown = ["\n".join(difference(outcome)) for id, outcome in differing.items() if id not in known]
    assert not unknown, "\n\n".join(unknown)
    assert share(outcomes) >= listed["share"]
