"""`node` and `etcd` on a real kind node, opened by `docker exec`. Files go to /tmp/kubetutor-test-… there."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from checkers.live.world import LiveWorld
from checkers.world import Ran

from .conftest import Space
from .test_checks import check

pytestmark = [
    pytest.mark.kind,
    pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker on the PATH"),
]

PKI = "/etc/kubernetes/pki"


class KindNodes:
    """Nodes of a kind cluster: containers of the same names."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def names(self, role: str) -> Sequence[str]:
        label = "node-role.kubernetes.io/control-plane"
        selector = label if role == "control-plane" else f"!{label}"
        items = json.loads(self._space.kubectl("get", "nodes", "-l", selector, "-o", "json"))["items"]
        return sorted(each["metadata"]["name"] for each in items)

    def run(self, name: str, argv: Sequence[str], timeout: float = 10.0) -> Ran:
        ran = subprocess.run(["docker", "exec", name, *argv], capture_output=True, timeout=timeout + 60, check=False)
        return Ran(ran.returncode, ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace"))


@pytest.fixture(scope="module")
def nodes(space: Space) -> KindNodes:
    made = KindNodes(space)
    name = made.names("control-plane")[0]
    if made.run(name, ["true"]).code != 0:
        pytest.skip(f"node {name} is no container of this machine's Docker")
    return made


@pytest.fixture(scope="module")
def world(space: Space, nodes: KindNodes) -> Iterator[LiveWorld]:
    with LiveWorld(space.kubeconfig, (space.name,), nodes) as made:
        yield made


@pytest.fixture
def folder(nodes: KindNodes) -> Iterator[str]:
    """A directory of the test's own on the first control plane."""
    name, path = nodes.names("control-plane")[0], f"/tmp/kubetutor-test-{secrets.token_hex(3)}"
    nodes.run(name, ["mkdir", path])
    yield path
    nodes.run(name, ["rm", "-rf", path])


def shell(nodes: KindNodes, script: str) -> None:
    ran = nodes.run(nodes.names("control-plane")[0], ["sh", "-c", script])
    assert ran.code == 0, ran.stderr


@pytest.mark.parametrize(
    "thing",
    [
        "file: {path: /etc/kubernetes/manifests/etcd.yaml, contains: --data-dir=/var/lib/etcd, owner: root}",
        "file: {path: /etc/kubernetes/nothing, absent: true}",
        "unit: {name: kubelet, enabled: true}",
        "process: {name: kube-apiserver, argument: {$match: authorization-mode=}}",
        "process: {name: no-such-thing, running: false}",
        f"certificate: {{path: {PKI}/apiserver.crt, subject: CN=kube-apiserver, names: [kubernetes.default]}}",
        f"certificate: {{path: {PKI}/apiserver.crt, days_left: {{$gte: 1}}}}",
        f"certificate: {{path: {PKI}/ca.crt, issuer: CN=kubernetes}}",
        "certificate: {path: /etc/kubernetes/admin.conf, subject: kubernetes-admin}",
        "sysctl: {name: net.ipv4.ip_forward, value: 1}",
        "command: {run: [crictl, images], stdout: etcd}",
    ],
)
def test_what_is_true_of_every_control_plane(world: LiveWorld, thing: str) -> None:
    verdict = check(f"{{node: {{role: control-plane, all: true}}, {thing}}}").look(world)
    assert verdict.ok, verdict


def test_a_file_from_missing_to_right(world: LiveWorld, nodes: KindNodes, folder: str) -> None:
    text = (
        f"{{node: {{role: control-plane}}, file: {{path: {folder}/café.conf, contains: colour=green, mode: '0640'}}}}"
    )
    assert check(text).look(world).found.startswith("There is no ")
    shell(nodes, f"echo colour=red > {folder}/cafe.conf")
    assert check(text).look(world).near == f"There is a {folder}/cafe.conf."
    shell(nodes, f"mv {folder}/cafe.conf {folder}/café.conf; chmod 600 {folder}/café.conf")
    assert check(text).look(world).found.endswith("has the mode 0600.")
    shell(nodes, f"chmod 640 {folder}/café.conf")
    assert check(text).look(world).near == "It has the line: colour=red"
    shell(nodes, f"echo colour=green > {folder}/café.conf")
    assert check(text).look(world).ok


SAVE = """
tools=/proc/$(pgrep -o -x etcd)/root/usr/local/bin; pki=/etc/kubernetes/pki/etcd
$tools/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=$pki/ca.crt --cert=$pki/server.crt --key=$pki/server.key \
  snapshot save FOLDER/NAME.db
"""


def test_a_snapshot(world: LiveWorld, space: Space, nodes: KindNodes, folder: str) -> None:
    key = f"/registry/configmaps/{space.name}/catalogue"

    def looked(name: str, expect: str = "{}"):
        return check(f"{{etcd: {{snapshot: {folder}/{name}.db}}, expect: {expect}}}").look(world)

    save = SAVE.replace("FOLDER", folder)
    shell(nodes, save.replace("NAME", "before"))
    assert looked("before").ok
    space.kubectl("create", "configmap", "catalogue")
    shell(nodes, save.replace("NAME", "with"))
    space.kubectl("delete", "configmap", "catalogue")
    shell(nodes, save.replace("NAME", "after"))
    assert looked("before", f"{{keys: [{key}]}}").found.endswith(f"has no key {key}.")
    assert looked("with", f"{{keys: [{key}, /registry/namespaces/]}}").ok
    assert looked("after", f"{{keys: [{key}]}}").near.startswith("It was deleted at revision ")


def test_files_that_are_no_snapshots(world: LiveWorld, nodes: KindNodes, folder: str) -> None:
    save = SAVE.replace("FOLDER", folder).replace("NAME", "good")
    shell(nodes, f"{save.strip()}; cd {folder}; : > empty.db; echo hello > text.db; head -c 1000000 good.db > cut.db")
    shell(nodes, f"cd {folder}; cp good.db bent.db; printf XXXX | dd of=bent.db bs=1 seek=500000 conv=notrunc")
    shell(nodes, f"cd {folder}; head -c -32 good.db > bare.db")

    def found(name: str) -> str:
        return check(f"{{etcd: {{snapshot: {folder}/{name}.db}}}}").look(world).found.replace(folder, "")

    assert "is empty: it has 0 bytes." in found("empty")
    assert "cannot be read as a snapshot." in found("text")
    assert "cannot be read as a snapshot." in found("cut")
    assert "has no checksum at its end." in found("bare")
    # Where the bytes fell decides who notices: etcd's own look, or the checksum.
    assert "does not fit the rest." in found("bent") or "cannot be read" in found("bent")


def test_etcdutl_is_found_without_a_running_etcd(nodes: KindNodes, folder: str) -> None:
    from checkers.types.etcd import STATUS

    save = SAVE.replace("FOLDER", folder).replace("NAME", "good")
    shell(nodes, save)
    ran = nodes.run(
        nodes.names("control-plane")[0],
        ["sh", "-c", STATUS.replace("-x etcd", "-x no-etcd"), "sh", f"{folder}/good.db"],
    )
    assert json.loads(ran.stdout)["totalKey"] > 0, ran.stderr
