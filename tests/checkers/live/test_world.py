"""Objects, logs, commands, access reviews and dry runs of a real cluster."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from checkers.live.exec import TIMED_OUT
from checkers.live.world import LiveWorld
from checkers.world import Kind, LookError, Subject

from .conftest import Space, web

pytestmark = pytest.mark.kind
POD = Kind("v1", "Pod")
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}, "data": {"sky": "blue"}}


@pytest.fixture(scope="module")
def pod(space: Space) -> str:
    space.apply(web(replicas=1))
    space.ready("deployment/web")
    return space.kubectl("get", "pods", "-o", "name").strip().removeprefix("pod/")


def test_objects_carry_their_kind(world: LiveWorld, pod: str) -> None:
    listed = world.list(POD, selector="app=web")
    assert [(each["kind"], each["apiVersion"], each["metadata"]["name"]) for each in listed] == [("Pod", "v1", pod)]
    got = world.get(POD, pod)
    assert got is not None
    assert got["spec"]["containers"][0]["image"] == "busybox:1.37"


def test_what_is_not_there_is_none(world: LiveWorld) -> None:
    assert world.get(POD, "nobody") is None
    assert world.get(Kind("v1", "Node"), "nobody") is None
    assert world.get(Kind("example.com/v1", "Unicorn"), "nobody") is None
    assert world.list(Kind("example.com/v1", "Unicorn")) == []
    assert world.list(POD, "no-such-namespace") == []
    with pytest.raises(LookError, match=r"knows no Unicorn in example\.com/v1"):
        world.namespaced(Kind("example.com/v1", "Unicorn"))


def test_kinds_as_kubectl_calls_them(world: LiveWorld) -> None:
    assert world.plural(Kind("apps/v1", "Deployment")) == "deployments"
    assert world.plural(Kind("networking.k8s.io/v1", "NetworkPolicy")) == "networkpolicies.networking.k8s.io"
    assert world.namespaced(POD)
    assert not world.namespaced(Kind("v1", "Node"))


def test_commands_end_as_they_end(world: LiveWorld, pod: str) -> None:
    ran = world.exec(pod, ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (ran.code, ran.stdout, ran.stderr) == (7, "out\n", "err\n")
    assert world.exec(pod, ["wc", "-c"], stdin=bytes(range(256))).stdout.strip() == "256"
    assert world.exec(pod, ["no-such-program"]).code == 127
    assert "no-such-program" in world.exec(pod, ["no-such-program"]).stderr
    assert world.exec(pod, ["sleep", "30"], timeout=0.3).code == TIMED_OUT
    with pytest.raises(LookError, match='pods "nobody" not found'):
        world.exec("nobody", ["true"])


def test_logs(world: LiveWorld, space: Space) -> None:
    space.kubectl(
        "run", "talker", "--image=busybox:1.37", "--restart=Never", "--", "sh", "-c", "echo grün; echo two; sleep 99"
    )
    space.kubectl("wait", "--for=condition=Ready", "pod/talker", "--timeout=60s")
    space.kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/talker")
    assert world.logs("talker") == "grün\ntwo\n"
    assert world.logs("talker", lines=1) == "two\n"
    assert world.logs("talker", previous=True) == ""
    assert world.logs("nobody") == ""


def test_who_may_what(world: LiveWorld, space: Space) -> None:
    robot = Subject(f"system:serviceaccount:{space.name}:default")
    assert world.can(robot, "get", "", "pods", namespace=space.name)[0] is False
    space.kubectl("create", "rolebinding", "v", "--clusterrole=view", f"--group=system:serviceaccounts:{space.name}")
    allowed, reason = world.can(robot, "get", "", "pods", subresource="log", namespace=space.name)
    assert allowed
    assert 'RoleBinding "v/' in reason
    assert world.can(Subject("root", ("system:masters",)), "delete", "", "nodes")[0] is True


def test_dry_runs_store_nothing(world: LiveWorld) -> None:
    made = world.dry_run(MAP)
    assert made.accepted
    assert made.stored is not None
    assert made.stored["data"] == {"sky": "blue"}
    assert world.get(Kind("v1", "ConfigMap"), "colours") is None


def test_dry_run_of_what_exists_is_an_update(world: LiveWorld, space: Space) -> None:
    space.kubectl("create", "configmap", "old", "--from-literal=sky=grey")
    answer = world.dry_run(MAP | {"metadata": {"name": "old"}})
    assert answer.accepted
    assert answer.stored is not None
    assert answer.stored["data"] == {"sky": "blue"}
    assert space.kubectl("get", "configmap", "old", "-o", "jsonpath={.data.sky}") == "grey"


def test_refusals_come_with_their_words(world: LiveWorld, space: Space) -> None:
    assert 'unknown field "datta"' in world.dry_run(MAP | {"datta": {}}).message
    jane = world.dry_run(MAP, Subject("jane", ("painters",)))
    assert (jane.accepted, jane.reason) == (False, "Forbidden")
    assert 'User "jane" cannot create resource "configmaps"' in jane.message
    space.kubectl("create", "role", "painter", "--verb=create", "--resource=configmaps")
    space.kubectl("create", "rolebinding", "p", "--role=painter", "--group=painters")
    assert world.dry_run(MAP, Subject("jane", ("others", "painters"))).accepted


def test_raw(world: LiveWorld) -> None:
    assert world.raw("/version")["major"] == "1"
    assert world.raw("/apis/no.such.group/v1") is None


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("https://127.0.0.1:1", r"Nobody answers at https://127\.0\.0\.1:1: connection refused"),
        ("https://nowhere.invalid:6443", r"The name nowhere\.invalid of the cluster's address is not known here"),
    ],
)
def test_a_cluster_that_is_gone(kubeconfig: Path, tmp_path: Path, server: str, message: str) -> None:
    elsewhere = tmp_path / "config"
    elsewhere.write_text(re.sub(r"server: \S+", f"server: {server}", kubeconfig.read_text()))
    with LiveWorld(elsewhere, ("default",)) as world:
        with pytest.raises(LookError, match=message) as caught:
            world.list(POD)
        assert caught.value.hint
        with pytest.raises(LookError, match=message):
            world.exec("web", ["true"], "web")


def test_another_cluster_at_the_same_address(kubeconfig: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "config"
    text = kubeconfig.read_text()
    authority = re.search(r"certificate-authority-data: (\S+)", text)
    client = re.search(r"client-certificate-data: (\S+)", text)
    assert authority
    assert client
    elsewhere.write_text(text.replace(authority[1], client[1]))
    with LiveWorld(elsewhere, ("default",)) as world, pytest.raises(LookError, match="another cluster may be"):
        world.list(POD)


def test_credentials_that_do_not_count(kubeconfig: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "config"
    text = re.sub(r"client-(certificate|key)-data: \S+\n", "", kubeconfig.read_text())
    elsewhere.write_text(re.sub(r"(- name: \S+\n  user:)( \{\})?\n?", r"\1\n    token: wrong\n", text))
    with LiveWorld(elsewhere, ("default",)) as world, pytest.raises(LookError, match="credentials"):
        world.list(POD)


def test_a_kubeconfig_that_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "config"
    for text in ("", "- not\n- a config", "{"):
        broken.write_text(text)
        with LiveWorld(broken, ("default",)) as world, pytest.raises(LookError, match="cannot be used"):
            world.list(POD)


def test_importing_the_engine_does_not_import_the_client() -> None:
    import subprocess

    code = "import checkers.live.world, checkers.registry, sys; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
