"""Other programs: found, run, ended; an existing cluster's context."""

from __future__ import annotations

import os
import signal
import stat
import threading
from pathlib import Path

import pytest

from tutor.cancel import Cancel
from tutor.clusters import kubectl as module
from tutor.clusters.context import ContextProvider
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


def test_a_missing_program_is_an_answer_not_a_traceback(tmp_path: Path) -> None:
    assert run(["no-such-program-anywhere"]).code == 127
    (tmp_path / "text").write_text("hello")
    assert run([str(tmp_path / "text")]).code == 126


def test_what_a_callback_raises_is_not_taken_for_the_programs_failure(tmp_path: Path) -> None:
    def line(text: str) -> None:
        raise BrokenPipeError(text)

    with pytest.raises(BrokenPipeError, match="begun"):
        run([str(program(tmp_path, "talk", "echo begun >&2; sleep 600"))], on_line=line)


def test_a_program_ends_though_what_it_started_holds_its_output_open(tmp_path: Path) -> None:
    ran = run([str(program(tmp_path, "leave", f"sleep 600 & echo $! > {tmp_path}/child; echo last >&2"))], timeout=60)
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert ran.stderr == "last\n"


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
    provider.confirm()
    assert provider.confirmed
    assert not provider.down("single", lambda stage: None), "the tutor removes no cluster that it did not make"
    assert not provider.confirmed


ANSWERS = """
case "$*" in
  "config view"*) cat "$KUBECONFIG.view" ;;
  *--client*) echo '{"clientVersion": {"gitVersion": "v1.36.4"}}' ;;
  *) echo '{"serverVersion": {"gitVersion": "v1.35.8"}}' ;;
esac
"""


def test_only_the_named_context_is_copied_and_nobody_else_may_read_it(
    learners: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = [str(find_kubectl()), "config", "view", "--raw", "--flatten", "--minify", "--context", "lab"]
    learners.with_name("config.view").write_text(run(argv).stdout)  # kubectl's own answer, then a cluster that answers
    program(tmp_path / "bin", "kubectl", ANSWERS)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    before = learners.read_bytes(), learners.stat().st_mtime_ns
    provider = ContextProvider(tmp_path / "home", "lab")
    provider.confirm()
    cluster = provider.up("single", [], lambda stage: None, Cancel())
    text = cluster.kubeconfig.read_text()
    assert "less-secret" in text
    assert "top-secret" not in text
    assert "prod" not in text
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert (cluster.server, cluster.version, cluster.nodes) == ("https://127.0.0.1:1", "v1.35.8", None)
    assert (learners.read_bytes(), learners.stat().st_mtime_ns) == before


def test_exercises_on_nodes_are_refused_on_a_learners_cluster(learners: Path, tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="needs a cluster of its own"):
        ContextProvider(tmp_path, "lab").up("pair", [], lambda stage: None, Cancel())


def test_an_unknown_context(learners: Path, tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="There is no context nowhere"):
        ContextProvider(tmp_path, "nowhere").describe()
