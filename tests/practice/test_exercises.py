"""Every exercise that the practice cluster accepts is proven on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tutor import paths
from tutor.cli.prove import SPEED
from tutor.clusters.practice import PracticeProvider, can_practise
from tutor.course.load import load_course
from tutor.session.limits import why_not
from tutor.session.proof import prove


@pytest.mark.skipif(not can_practise(), reason="no practice cluster on this machine")
@pytest.mark.xdist_group("exercises")
def test_the_proof_holds(tmp_path: Path) -> None:
    course = load_course(paths.content_dir())
    without_helm = shutil.which("helm") is None  # its topic needs it, on kind as well
    accepted = [
        each.id
        for each in course.exercises
        if not why_not(each, "practice") and not (each.topic == "helm" and without_helm)
    ]
    report = prove(course, accepted, PracticeProvider(tmp_path, speed=SPEED))
    print(f"{len(report.parts)} parts of {len(accepted)} exercises in {report.seconds:.0f} s")
    assert [(part.exercise, part.name, part.message, part.text) for part in report.problems] == []
    assert {part.exercise for part in report.parts} >= set(accepted)
    assert [part.outcome for part in report.parts if part.exercise == "cluster-single"] == ["passed"]
