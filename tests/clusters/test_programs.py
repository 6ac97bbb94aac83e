"""Other programs: found, run, ended; an existing cluster's context; the doctor."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from tutor.cancel import Cancel
from tutor.clusters import kubectl as module
from tutor.clusters.context import ContextProvider
from tutor.clusters.doctor import examine
from tutor.clusters.kubectl import Kubectl, find_kubectl, minor
from tutor.clusters.process import Late, run
from tutor.errors import Cancelled, TutorError

CONFIG = """\
apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: prod, cluster: {server: "https://prod.invalid:6443"}}
- {name: lab, cluster: {server: "https://127.0.0.1:1"}}
users:
- {name: admin, user: {token: top-secret}}
- {name: student, user: {token: less-secret}}
contexts:
- {name: prod, context: {cluster: prod, user: admin}}
- {name: lab, context: {cluster: lab, user: student}}
"""


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    script = program(tmp_path, "hang", f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(Late, match="did not end within 1 s"):
        run([str(script)], timeout=1)
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            break
        threading.Event().wait(0.05)
    else:
        pytest.fail("the child outlived its parent")


def test_a_program_is_ended_when_asked(tmp_path: Path) -> None:
    cancel = Cancel()
    lines: list[str] = []

    def line(text: str) -> None:
        lines.append(text)
        cancel.set()

    with pytest.raises(Cancelled):
        run([str(program(tmp_path, "talk", "echo begun >&2; sleep 600"))], cancel=cancel, on_line=line)
    assert lines == ["begun"]


def test_output_input_and_code(tmp_path: Path) -> None:
    ran = run([str(program(tmp_path, "echo", "cat; echo oops >&2; exit 3"))], stdin=b"gr\xc3\xbcn")
    assert (ran.code, ran.stdout, ran.stderr) == (3, "grün", "oops\n")


def test_a_missing_program_is_an_answer_not_a_traceback() -> None:
    assert run(["no-such-program-anywhere"]).code == 127


@pytest.mark.parametrize(("text", "number"), [("v1.36.4", 36), ("1.37.2+k3s1", 37), ("main", None), ("", None)])
def test_minor(text: str, number: int | None) -> None:
    assert minor(text) == number


def test_kubectl_on_the_path_is_used_only_while_its_version_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = '\'{"clientVersion": {"gitVersion": "v1.36.4"}}\''
    mine = program(tmp_path / "a", "kubectl", f"echo {version}")
    ours = program(tmp_path / "b", "kubectl", 'echo \'{"clientVersion": {"gitVersion": "v1.34.0"}}\'')
    monkeypatch.setenv("PATH", str(mine.parent), prepend=os.pathsep)
    monkeypatch.setattr(module, "bundled_kubectl", lambda: ours)
    assert find_kubectl("v1.37.2") == mine
    assert find_kubectl("v1.35.8") == mine
    assert find_kubectl("v1.34.1") == ours, "two minor versions apart is too far"
    assert find_kubectl() == mine


def test_kubectls_own_words_are_in_the_error(tmp_path: Path) -> None:
    script = program(tmp_path, "kubectl", "echo 'Error from server (Forbidden): no' >&2; exit 1")
    with pytest.raises(TutorError, match=r"Forbidden"):
        Kubectl(script, tmp_path / "config", "shop").must(["get", "pods"])


def test_kubectl_runs_on_the_private_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/the/learners/own")
    script = program(tmp_path, "kubectl", 'echo "$KUBECONFIG $*"')
    ran = Kubectl(script, tmp_path / "config", "shop").run(["get", "pods"])
    assert ran.stdout == f"{tmp_path}/config --namespace shop get pods\n"


@pytest.fixture
def learners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config"
    path.write_text(CONFIG)
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def test_a_context_is_described_and_asked_about_before_it_is_used(learners: Path, tmp_path: Path) -> None:
    provider = ContextProvider(tmp_path / "home", "lab")
    info = provider.describe()
    assert (info.server, info.user, info.version) == ("https://127.0.0.1:1", "student", "")
    with pytest.raises(TutorError, match="not agreed"):
        provider.up("single", [], lambda stage: None, Cancel())
    provider.confirm()
    assert provider.confirmed
    with pytest.raises(TutorError, match="does not answer"):
        provider.up("single", [], lambda stage: None, Cancel())
    learners.write_text(CONFIG.replace("127.0.0.1:1", "127.0.0.1:2"))
    assert not provider.confirmed, "another server under the same name is another question"


def test_exercises_on_nodes_are_refused_on_a_learners_cluster(learners: Path, tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="needs a cluster of its own"):
        ContextProvider(tmp_path, "lab").up("pair", [], lambda stage: None, Cancel())


def test_an_unknown_context(learners: Path, tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="There is no context nowhere"):
        ContextProvider(tmp_path, "nowhere").describe()


def test_the_doctor_finds_what_is_missing_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {finding.name: finding for finding in examine(tmp_path / "home")}
    assert found["docker"].state == "fail"
    assert "not installed" in found["docker"].what
    assert found["kind"].state == "fail"
    assert found["python"].state == "ok"
    assert all(finding.fix for finding in found.values() if finding.state == "fail")


def test_the_doctor_tells_a_daemon_that_is_down_from_a_missing_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    program(tmp_path / "bin", "docker", f"echo '{words}' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    found = {finding.name: finding for finding in examine(tmp_path / "home")}
    assert found["docker"].state == "fail"
    assert "does not answer" in found["docker"].what
    assert "systemctl start docker" in found["docker"].fix


def test_the_doctor_names_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = {finding.name: finding for finding in examine(blocked / "home")}
    assert found["data"].state == "fail"
    assert "KUBETUTOR_HOME" in found["data"].fix
