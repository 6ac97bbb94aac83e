"""Each fault of the course's files is found, with its line and what to write instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.course.conftest import EXERCISE, LESSON, POD
from tutor.course.lint import lint
from tutor.course.load import load_course
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
    ("title: Plant a Pod", "title: ' '", "exercise.yaml:1: the title is empty", ""),
    ("[garden]", "[Garden_1]", "exercise.yaml:7: 'Garden_1' cannot be a namespace", ""),
    ("[garden]", "[garden, kube-system]", "exercise.yaml:7: the namespace kube-system is not the exercise's", ""),
    ("[garden]", "[garden, garden]", "exercise.yaml:7: the namespace garden is there twice", ""),
    ("[Look around., Look closer.]", "[Look., Look.]", "exercise.yaml:9: the hint is empty, or there twice", ""),
    ('images: ["nginx:1.28"]', 'images: ["nginx:1.82"]', "exercise.yaml:8:", "did you mean nginx:1.28?"),
    ('images: ["nginx:1.28"]', 'images: ["nginx:1.28", nginx]', "exercise.yaml:8:", "no tag of its own"),
    ("hints: [Look around., Look closer.]", "hints: [Look.]", "exercise.yaml:9:", "at least two hints"),
    ("after: [exists]", "after: [exits]", "exercise.yaml:17: after names exits", "did you mean exists?"),
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


LISTS = "lessons: [planting]\nexercises: [rose]"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (LISTS.replace("rose", "rose, rose"), ":6: rose is listed twice"),
        (
            LISTS.replace("planting", "planitng"),
            ":5: planitng is listed under lessons, and there is none, did you mean",
        ),
        (LISTS.replace("planting", ""), ":5: the lesson planting is not listed under lessons"),
        (LISTS.replace("lessons", "lesons"), ":5: a topic has no key lesons"),
        (LISTS + "\nsummary: More.", ":7: the key summary is there twice"),
    ],
)
def test_lists_of_a_topic(course_dir: Path, new: str, told: str) -> None:
    topic = course_dir / "lessons" / "02-pods" / "topic.yaml"
    assert LISTS in topic.read_text()
    topic.write_text(topic.read_text().replace(LISTS, new))
    found = faults(course_dir)
    assert any(each.startswith(f"lessons/02-pods/topic.yaml{told}") for each in found), found


def test_a_topic_without_a_summary(course_dir: Path) -> None:
    topic = course_dir / "lessons" / "02-pods" / "topic.yaml"
    topic.write_text(topic.read_text().replace("About pods.", "''"))
    assert "lessons/02-pods/topic.yaml:1: a topic has a title and a summary of one sentence" in faults(course_dir)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("lessons/notes.md", "nothing reads this file; lessons lie in the folders of their topics"),
        ("exercises/notes.md", "nothing reads this file; exercises lie in the folders of their topics"),
        ("exercises/02-pods/notes.md", "nothing reads this file; each exercise is a folder"),
        ("lessons/12-more/x.md", ""),
    ],
)
def test_files_where_none_belongs(course_dir: Path, file: str, told: str) -> None:
    (course_dir / file).parent.mkdir(exist_ok=True)
    (course_dir / file).write_text("x")
    expected = (
        f"{file}:1: {told}" if told else "lessons/12-more/topic.yaml:1: cannot be read: No such file or directory"
    )
    assert faults(course_dir) == [expected]


def test_folders_where_none_belongs(course_dir: Path) -> None:
    (course_dir / "exercises" / "02-podz").mkdir()
    (course_dir / "lessons" / "extra").mkdir()
    assert faults(course_dir) == [
        "exercises/02-podz:1: there is no topic lessons/02-podz/topic.yaml",
        "lessons/extra:1: a topic's folder is called NN-topic, as 05-controllers",
    ]


def test_ids_and_namespaces_belong_to_one(course_dir: Path, rose: Path) -> None:
    for number, name, id in ((1, "components", "rose"), (3, "installation", "tulip")):
        shutil.copytree(rose, course_dir / "exercises" / f"{number:02}-{name}" / id)
        topic = course_dir / "lessons" / f"{number:02}-{name}" / "topic.yaml"
        topic.write_text(topic.read_text().replace("exercises: []", f"exercises: [{id}]"))
    found = faults(course_dir)
    assert f"{ROSE}/exercise.yaml:1: the id rose belongs to 01-components/rose/exercise.yaml already" in found
    tulip = "exercises/03-installation/tulip/exercise.yaml"
    assert f"{tulip}:7: the namespace garden belongs to the exercise rose on the same topology" in found
    assert f"{tulip}:6: the exercise names the lesson planting, which does not name the exercise" in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("images:\n  - {image: nginx, for: x}\n", ":2: the image nginx has no tag of its own"),
        ("images:\n" + '  - {image: "nginx:1.28", for: x}\n' * 2, ":3: the image nginx:1.28 is there twice"),
        ("images:\n  - nginx:1.28\n", ":2:"),
        ("", ":1: there is nothing in it"),
    ],
)
def test_the_list_of_images(course_dir: Path, text: str, told: str) -> None:
    (course_dir / "exercises" / "images.yaml").write_text(text)
    assert any(each.startswith(f"exercises/images.yaml{told}") for each in faults(course_dir))


def test_a_broken_exercise_is_told_once_and_not_by_those_who_name_it(course_dir: Path, rose: Path) -> None:
    (rose / "exercise.yaml").write_text(EXERCISE.replace("minutes: 5", "minuets: 5"))
    told = faults(course_dir)
    assert told
    assert all(each.startswith(f"{ROSE}/exercise.yaml:") for each in told)


def test_hidden_files_are_left_alone(course_dir: Path, rose: Path) -> None:
    for folder in (course_dir / "lessons", course_dir / "exercises" / "02-pods", rose, rose / "setup", rose / "wrong"):
        (folder / ".DS_Store").write_bytes(b"\xff")
    assert faults(course_dir) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_file_holds_lint_tells_its_place_and_the_course_opens(course_dir: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(path for path in course_dir.rglob("*") if path.is_file())))
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines)))
    junk = st.sampled_from(
        [b"\t\n", b"---\n", b"- x\n", b"key: [\n", b": \n", b"a: &a [*a]\n", b"\xff\n", b"```\n", b"#\n"]
    )
    lines[at : at + data.draw(st.integers(0, 2))] = data.draw(
        st.lists(st.one_of(junk, st.binary(max_size=5)), max_size=2)
    )
    try:
        file.write_bytes(b"".join(lines))
        for problem in lint(course_dir):
            assert (
                1
                <= problem.line
                <= max(1, len(problem.file.read_bytes().splitlines()) if problem.file.is_file() else 1) + 1
            )
        assert len(load_course(course_dir).topics) >= 10
    finally:
        file.write_bytes(whole)
