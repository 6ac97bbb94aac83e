"""The learner's directory and shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tutor.course.model import Course, Exercise
from tutor.errors import TutorError
from tutor.session import shell, workspace

CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "here",
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "u", "user": {"token": "secret"}}],
    "contexts": [
        {"name": "here", "context": {"cluster": "c", "user": "u"}},
        {"name": "there", "context": {"cluster": "c", "user": "u", "namespace": "other"}},
    ],
}


@pytest.fixture
def exercise(sample: Course) -> Exercise:
    found = sample.exercise("greeting")
    assert found
    return found


def test_files_are_brought_and_never_overwritten(exercise: Exercise, tmp_path: Path) -> None:
    place = tmp_path / "work" / "greeting"
    workspace.fill(exercise, place)
    assert (place / "note.txt").read_text() == "Say hello.\n"
    (place / "note.txt").write_text("mine")
    workspace.fill(exercise, place)
    assert (place / "note.txt").read_text() == "mine"


def test_a_reset_keeps_what_the_learner_had(exercise: Exercise, tmp_path: Path) -> None:
    place = tmp_path / "work" / "greeting"
    workspace.fill(exercise, place)
    assert workspace.refill(exercise, place) is None
    inode = place.stat().st_ino
    (place / "note.txt").write_text("mine")
    (place / "deep").mkdir()
    (place / "deep" / "er.yaml").write_text("a: b")
    first = workspace.refill(exercise, place)
    (place / "more.txt").write_text("more")
    second = workspace.refill(exercise, place)
    assert first
    assert second
    assert first != second
    assert (first / "note.txt").read_text() == "mine"
    assert (first / "deep" / "er.yaml").read_text() == "a: b"
    assert (second / "more.txt").read_text() == "more"
    assert [each.name for each in place.iterdir()] == ["note.txt"]
    assert place.stat().st_ino == inode  # a shell that stands in it stays where it is


def test_a_workspace_that_cannot_be_made_is_said(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file")
    with pytest.raises(TutorError, match="workspace could not be written"):
        workspace.fill(exercise, tmp_path / "work" / "greeting")


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    path = tmp_path / "cluster.kubeconfig"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A kubectl that only says who it is."""
    path = tmp_path / "programs" / "kubectl-1.36"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho the right kubectl\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def env(cluster: Path, program: Path, tmp_path: Path) -> dict[str, str]:
    return shell.environment("greeting", cluster, "shop", program, tmp_path / "session")


def test_the_learner_s_kubeconfig_is_a_private_copy_with_the_namespace(env: dict[str, str], cluster: Path) -> None:
    config = Path(env["KUBECONFIG"])
    assert config.stat().st_mode & 0o777 == 0o600
    data = yaml.safe_load(config.read_text())
    assert [each["context"].get("namespace") for each in data["contexts"]] == ["shop", "other"]
    assert yaml.safe_load(cluster.read_text()) == CONFIG


def test_what_the_learner_changes_in_it_stays_while_the_cluster_does(
    env: dict[str, str], cluster: Path, program: Path, tmp_path: Path
) -> None:
    config = Path(env["KUBECONFIG"])
    data = yaml.safe_load(config.read_text())
    data["contexts"][0]["context"]["namespace"] = "mine"
    config.write_text(yaml.safe_dump(data))
    shell.environment("greeting", cluster, "shop", program, tmp_path / "session")
    assert yaml.safe_load(config.read_text())["contexts"][0]["context"]["namespace"] == "mine"
    cluster.write_text(cluster.read_text().replace("127.0.0.1:1", "127.0.0.1:2"))
    shell.environment("greeting", cluster, "shop", program, tmp_path / "session")
    found = yaml.safe_load(config.read_text())
    assert found["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:2"
    assert found["contexts"][0]["context"]["namespace"] == "shop"


def test_a_kubeconfig_that_the_learner_broke_is_made_anew(
    env: dict[str, str], cluster: Path, program: Path, tmp_path: Path
) -> None:
    Path(env["KUBECONFIG"]).write_text("{")
    shell.environment("greeting", cluster, "shop", program, tmp_path / "session")
    assert yaml.safe_load(Path(env["KUBECONFIG"]).read_text())["current-context"] == "here"


@pytest.mark.parametrize("name", ["bash", "zsh", "sh"])
def test_each_shell_has_kubectl_and_a_prompt_that_names_the_exercise(
    name: str, env: dict[str, str], tmp_path: Path
) -> None:
    program = shutil.which(name)
    if not program:
        pytest.skip(f"no {name} here")
    home = tmp_path / "learner"
    home.mkdir()
    for rc in (".bashrc", ".zshrc"):
        (home / rc).write_text("export KUBECONFIG=/elsewhere PATH=/usr/bin:/bin\nPS1='mine> '\nGREETING=hi\n")
    argv = shell.command("greeting", env, tmp_path / "session", program)
    script = 'kubectl\nk\necho "[$KUBECONFIG][$KUBETUTOR_EXERCISE][$PS1$PROMPT]"\nexit\n'
    ran = subprocess.run(
        argv,
        input=script,
        env=os.environ | env | {"HOME": str(home), "TERM": "dumb"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stdout.count("the right kubectl") == 2
    assert f"[{env['KUBECONFIG']}][greeting][" in ran.stdout
    assert "(greeting) " in ran.stdout


def test_an_unknown_shell_gives_way_to_sh(env: dict[str, str], tmp_path: Path) -> None:
    assert "/bin/sh" in shell.command("greeting", env, tmp_path / "session", "/usr/bin/fish")
