"""Each fault of the course's files is found, with its line and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.course.conftest import EXERCISE, LESSON, POD
from tutor.course.lint import lint
from tutor.paths import content_dir

ROSE = "exercises/02-pods/rose"
PLANTING = "lessons/02-pods/planting.md"


def faults(course_dir: Path) -> list[str]:
    return [str(problem).replace(f"{course_dir}/", "") for problem in lint(course_dir)]


def test_a_good_course_has_no_faults(course_dir: Path) -> None:
    assert faults(course_dir) == []


def test_the_course_itself_has_no_faults() -> None:
    assert [str(problem) for problem in lint(content_dir())] == []


# What is written instead of what in exercise.yaml, and the fault that follows.
BROKEN_EXERCISE = [
    ("level: easy", "levle: easy", "exercise.yaml:3: an exercise has no key levle", "did you mean level?"),
    ("level: easy", "level: brutal", "exercise.yaml:3:", "brutal"),
    ("minutes: 5", "minutes: 0", "exercise.yaml:2: minutes is 1 or more", ""),
    ("minutes: 5", "minutes: soon", "exercise.yaml:2:", "int"),
    ("needs: containers", "needs: magic", "exercise.yaml:4:", "magic"),
    ("topology: single", "topology: round", "exercise.yaml:5:", "round"),
    ("namespaces: [garden]", "namespaces: []", "exercise.yaml:7: an exercise has at least one namespace", ""),
    ("lessons: [planting]", "lessons: [plantin]", "exercise.yaml:6:", "did you mean planting?"),
    ('images: ["nginx:1.28"]', 'images: ["nginx:1.82"]', "exercise.yaml:8:", "did you mean nginx:1.28?"),
    ('images: ["nginx:1.28"]', 'images: ["nginx:1.28", nginx]', "exercise.yaml:8:", "no tag of its own"),
    ("hints: [Look around., Look closer.]", "hints: [Look.]", "exercise.yaml:9:", "at least two hints"),
    ("after: [exists]", "after: [exits]", "exercise.yaml:17: after names exits, and no check has that id", ""),
    ("after: [exists]", "after: [image]", "exercise.yaml:17: image waits for itself", ""),
    ("- id: image", "- id: exists", "exercise.yaml:15: the id exists is there twice", ""),
    ("    within: 20s", "    within: 20", "exercise.yaml:18:", "30s"),
    ("    within: 20s", "    wihtin: 20s", "exercise.yaml:18:", "wihtin"),
    ("  - id: exists\n", "  - id: exists\n    objct: 1\n", "exercise.yaml:12:", "objct"),
    ("kind: Pod, name: rose}\n    expect: {}", "kind: Pod, nme: rose}\n    expect: {}", "exercise.yaml:13:", "name"),
    ("\nhints", "\nsetup: [{aply: bed.yaml}]\nhints", "exercise.yaml:9:", "did you mean apply?"),
    ("\nhints", "\nsetup: [{apply: bad.yaml}]\nhints", "exercise.yaml:9: there is no file setup/bad.yaml", ""),
    ("\nhints", "\nsetup: [{}]\nhints", "exercise.yaml:9: a step of the set-up is one of apply", ""),
]


@pytest.mark.parametrize(("old", "new", "where", "what"), BROKEN_EXERCISE)
def test_exercise_yaml(course_dir: Path, rose: Path, old: str, new: str, where: str, what: str) -> None:
    assert old in EXERCISE
    (rose / "exercise.yaml").write_text(EXERCISE.replace(old, new, 1))
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/{where}") and what in each for each in found), found


def test_a_tab_in_yaml_is_named_by_its_line(course_dir: Path, rose: Path) -> None:
    (rose / "exercise.yaml").write_text(EXERCISE.replace("level: easy", "\tlevel: easy"))
    assert any(each.startswith(f"{ROSE}/exercise.yaml:3: not YAML") for each in faults(course_dir))


def test_a_file_that_is_not_utf8(course_dir: Path, rose: Path) -> None:
    (rose / "task.md").write_bytes(b"Plant a ros\xe9.")
    assert f"{ROSE}/task.md:1: the file is not UTF-8: byte 11 is no text" in faults(course_dir)


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("task.md", "exercise.yaml:1: task.md is missing"),
        ("debrief.md", "exercise.yaml:1: debrief.md is missing"),
        ("solution.sh", "exercise.yaml:1: there is no solution.sh or solution.yaml"),
        ("wrong/name.sh", "exercise.yaml:1: an exercise has at least two wrong answers"),
        ("right/manifest.yaml", "exercise.yaml:1: an exercise has at least one other right answer"),
    ],
)
def test_missing_files(course_dir: Path, rose: Path, gone: str, told: str) -> None:
    (rose / gone).unlink()
    assert any(each.startswith(f"{ROSE}/{told}") for each in faults(course_dir))


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("wrong/name.sh", "# says: rosa\n", "wrong/name.sh:1: a wrong answer begins with one line `# fails:"),
        ("wrong/name.sh", "# fails: exists\n", "wrong/name.sh:1: a wrong answer has a line `# says:"),
        ("wrong/name.sh", "# fails: exits\n# says: x\n", "no check has the id exits, did you mean exists?"),
        ("notes.txt", "x", "notes.txt:1: nothing reads this file"),
        ("solution.sh", "kubectl run x --image=nginx:1.28 -- --image: redis:7.4\nimage: redis:7.4\n", "redis:7.4"),
        ("solution.sh", "kubectl cordon kind-control-plane\n", "kind-control-plane is the name of a node"),
        ("setup/bed.yaml", POD.replace("containers:", "contaners:"), "containers"),
        ("setup/bed.yaml", POD.replace("nginx:1.28", "nginx:latest"), "nginx:latest has no tag of its own"),
        ("setup/bed.yaml", "- a\n- list\n", "setup/bed.yaml:1: a manifest is a mapping"),
        (
            "right/manifest.yaml",
            "apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: pool\n",
            "right/manifest.yaml:2: PersistentVolume pool is cluster-scoped",
        ),
    ],
)
def test_answers_and_manifests(course_dir: Path, rose: Path, file: str, text: str, told: str) -> None:
    (rose / file).write_text(text)
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/{file}:") and told in each for each in found), found


def test_files_of_the_setup_that_no_step_applies(course_dir: Path, rose: Path) -> None:
    (rose / "exercise.yaml").write_text(EXERCISE + "setup: [{kubectl: [get, pods]}]\n")
    assert f"{ROSE}/setup/bed.yaml:1: no step of the set-up applies this file" in faults(course_dir)


def test_a_check_that_needs_more_than_the_exercise_says(course_dir: Path, rose: Path) -> None:
    text = EXERCISE.replace("needs: containers", "needs: api") + (
        "  - {id: log, title: It logs, logs: {pod: rose}, expect: {contains: [ready]}}\n"
    )
    (rose / "exercise.yaml").write_text(text)
    assert any("needs containers, and the exercise says api" in each for each in faults(course_dir))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("---\ntitle", "title", ":1: the file begins with front matter"),
        ("[rose]\n---", "[rose]", ":1: the front matter has no second line"),
        ("minutes: 5", "minuts: 5", ":3:"),
        ("exercises: [rose]", "exercises: [rosa]", "names the exercise rosa, and there is none, did you mean rose?"),
        ("exercises: [rose]", "exercises: []", "the exercise names the lesson planting, which does not name"),
        ("```run", "```shell", ": a block is one of run, output"),
        ("kubectl get pods\n```", "kubectl get pods\n", "does not end"),
        ("kubectl get pods", "kubectl get pods " + "x" * 70, "cells wide; 80 fit"),
        ("Text.", "Text.\n" * 70, "fit on a screen"),
        ("## The first step\n", "", ":8: a lesson's text begins with a `## ` heading"),
    ],
)
def test_lessons(course_dir: Path, old: str, new: str, told: str) -> None:
    assert old in LESSON
    (course_dir / PLANTING).write_text(LESSON.replace(old, new, 1))
    found = faults(course_dir)
    assert any(told in each for each in found), found


def test_topics(course_dir: Path) -> None:
    topic = course_dir / "lessons" / "02-pods" / "topic.yaml"
    text = topic.read_text()
    topic.write_text(text.replace("number: 2", "number: 3"))
    assert any("id and number do not agree with the folder 02-pods" in each for each in faults(course_dir))
    topic.write_text(text.replace("[rose]", "[]"))
    assert "lessons/02-pods/topic.yaml:6: the exercise rose is not listed under exercises" in faults(course_dir)
    topic.write_text(text.replace("[rose]", "[rose, tulip]"))
    assert any("topic.yaml:6: tulip is listed under exercises" in each for each in faults(course_dir))
    topic.unlink()
    found = faults(course_dir)
    assert any(each.startswith("lessons/02-pods/topic.yaml:1: cannot be read") for each in found)
    assert "lessons:1: the course has 11 topics, and 10 can be read" in found


def test_a_translation_with_other_ids(course_dir: Path, rose: Path) -> None:
    (rose / "exercise.zh.yaml").write_text("checks: {exsts: 有}\n", encoding="utf-8")
    assert f"{ROSE}/exercise.zh.yaml:1: no check has the id exsts, did you mean exists?" in faults(course_dir)
