"""The doctor: what stands in the way is found and the way out told, whatever is missing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.clusters.test_programs import program
from tutor.clusters import kubectl
from tutor.clusters.doctor import examine
from tutor.clusters.findings import Finding
from tutor.clusters.kind.owned import mark

GIB = 2**30
GOOD: dict[str, Any] = {
    "ServerVersion": "28.2.2",
    "MemTotal": 16 * GIB,
    "NCPU": 4,
    "CgroupVersion": "2",
    "DockerRootDir": "/nowhere",
    "Driver": "overlay2",
    "Architecture": "x86_64",
    "SecurityOptions": ["name=seccomp"],
    "DriverStatus": [["Backing Filesystem", "extfs"]],
}


class Machine:
    """Programs on a PATH of their own, that answer what a test wants."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.home = folder / "home"
        program(self.bin, "kind", "echo 0.33.0")
        program(self.bin, "kubectl", """echo '{"clientVersion": {"gitVersion": "v1.36.4"}}'""")
        program(self.bin, "helm", "echo v4.3.1")
        self.docker()

    def docker(
        self, images: str = "kindest/node:v1.36.4 amd64\n", nodes: str = "", names: str = "", **facts: Any
    ) -> None:
        listed = "\n".join(line.split()[0] for line in images.splitlines())
        inspected = "\n".join(" ".join(reversed(line.split())) for line in images.splitlines())
        id = nodes.partition("\t")[0]
        details = json.dumps([{"Id": id, "Mounts": [{"Destination": names}]}]) if id else "[]"
        program(
            self.bin,
            "docker",
            f"""case "$*" in
  --version) echo Docker version 28.2.2 ;;
  info*) echo '{json.dumps(GOOD | facts)}' ;;
  "image ls"*) echo '{listed}' ;;
  "image inspect"*) echo '{inspected}' ;;
  "container inspect"*) echo '{details}' ;;
  *label=*) printf '%s' '{nodes}' ;;
  ps*) printf '%s' '{"" if id else names}' ;;
esac""",
        )

    def look(self) -> dict[str, Finding]:
        found = {finding.name: finding for finding in examine(self.home)}
        assert all(finding.fix for finding in found.values() if finding.state == "fail"), "no problem without a way out"
        return found


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "KIND_EXPERIMENTAL_PROVIDER"):
        monkeypatch.delenv(name, raising=False)
    kubectl.client_version.cache_clear()
    return made


def test_nothing_stands_in_the_way_of_a_good_machine(machine: Machine) -> None:
    assert not [finding for finding in machine.look().values() if finding.state == "fail"]


def test_without_any_program_it_names_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {finding.name: finding for finding in examine(tmp_path / "home")}
    assert found["docker"].state == found["kind"].state == "warn"  # the practice cluster stands in
    assert found["practice"].state == "ok"
    assert "not installed" in found["docker"].what
    assert found["helm"].state == "warn"
    assert found["python"].state == "ok"


def test_without_docker_and_without_a_practice_cluster_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tutor.clusters.doctor.can_practise", lambda: False)
    found = {finding.name: finding for finding in examine(tmp_path / "home")}
    assert found["docker"].state == found["practice"].state == "fail"


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "does not answer",
            "systemctl start docker",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "may not use Docker",
            "usermod -aG docker",
        ),
    ],
)
def test_a_docker_that_does_not_answer(machine: Machine, words: str, what: str, fix: str) -> None:
    script = f'[ "$1" = --version ] && echo Docker version 28 && exit; echo "{words}" >&2; exit 1'
    program(machine.bin, "docker", script)
    found = machine.look()["docker"]
    assert found.state == "warn"
    assert what in found.what
    assert fix in found.fix


def test_another_program_named_docker(machine: Machine) -> None:
    program(machine.bin, "docker", "echo podman version 5.4.1")
    assert "podman" in machine.look()["docker"].what


@pytest.mark.parametrize(
    ("facts", "name", "state"),
    [
        ({"ServerVersion": "19.3.1"}, "docker engine", "fail"),
        ({"SecurityOptions": ["name=rootless"], "CgroupVersion": "1"}, "docker engine", "fail"),
        ({"SecurityOptions": ["name=rootless"], "PidsLimit": False}, "docker engine", "fail"),
        ({"DockerRootDir": "/var/snap/docker/common"}, "docker engine", "warn"),
        ({"Driver": "btrfs"}, "docker engine", "warn"),
        ({"MemTotal": GIB}, "memory", "fail"),
        ({"NCPU": 1}, "memory", "warn"),
        ({"CgroupVersion": "1"}, "cgroups", "warn"),
        ({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}, "image store", "ok"),
        ({"images": "nginx:1.28 amd64\n"}, "node image", "warn"),
        ({"images": "kindest/node:v1.36.4 arm64\n"}, "node image", "fail"),
        ({}, "load balancer", "warn"),
        ({"names": "kubetutor-single-control-plane\n"}, "clusters", "warn"),
    ],
)
def test_what_docker_tells(machine: Machine, facts: dict[str, Any], name: str, state: str) -> None:
    machine.docker(**facts)
    assert machine.look()[name].state == state


def test_a_cluster_of_somebody_else_and_one_that_was_left_half_made(machine: Machine) -> None:
    node = "abc\tkubetutor-single-control-plane\tcontrol-plane\tkubetutor-single\trunning\n"
    machine.docker(nodes=node)
    found = machine.look()["clusters"]
    assert (found.state, found.fix) == ("fail", "kind delete cluster --name kubetutor-single")
    folder = machine.home / "clusters" / "kubetutor-single"
    folder.mkdir(parents=True)
    (folder / "record.json").write_text('{"topology": "single", "state": "creating"}')
    machine.docker(nodes=node, names=mark(folder))
    found = machine.look()["clusters"]
    assert (found.state, found.fix) == ("warn", "kubetutor cluster down single")


@pytest.mark.parametrize(
    ("version", "state"), [("0.31.0", "fail"), ("0.32.0", "warn"), ("0.33.0", "ok"), ("1.0", "ok")]
)
def test_the_age_of_kind(machine: Machine, version: str, state: str) -> None:
    program(machine.bin, "kind", f"echo {version}")
    assert machine.look()["kind"].state == state


def test_a_kubectl_that_does_not_fit(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine.bin, "kubectl", """echo '{"clientVersion": {"gitVersion": "v1.29.0"}}'""")
    monkeypatch.setattr("tutor.clusters.doctor.bundled_kubectl", lambda: None)
    assert machine.look()["kubectl"].state == "warn"


def test_a_data_directory_that_cannot_be_written(machine: Machine, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    machine.home = blocked / "home"
    found = machine.look()["data"]
    assert found.state == "fail"
    assert "KUBETUTOR_HOME" in found.fix


def test_another_tutor_at_work(machine: Machine) -> None:
    folder = machine.home / "clusters" / "kubetutor-trio"
    folder.mkdir(parents=True)
    with FileLock(folder / "lock"):
        assert "kubetutor-trio" in machine.look()["other tutor"].what
    assert "other tutor" not in machine.look()


def test_a_proxy_that_would_take_requests_to_this_machine(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "example.com")
    found = machine.look()["proxy"]
    assert "secret" not in found.what
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert "proxy" not in machine.look()


def test_a_small_terminal(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda fd=1: os.terminal_size((40, 10)))
    assert "80×24" in machine.look()["terminal"].fix
