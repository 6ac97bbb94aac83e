"""Probe Pods: unseen by controllers, Services and checks, and gone when they should be."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checkers.live.hidden import LABEL, NAMESPACE
from checkers.live.probe import remove_probes
from checkers.live.world import LiveWorld
from checkers.world import Address, Kind, LookError, Source

from .conftest import Space, web

pytestmark = pytest.mark.kind
POD = Kind("v1", "Pod")
WEB = Source(labels={"app": "web"})
OWNERS = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: everywhere}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "busybox:1.37", command: [sleep, "9999"]}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: stateful}
spec:
  serviceName: web
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "busybox:1.37", command: [sleep, "9999"]}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: plain}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "busybox:1.37", command: [sleep, "9999"]}]
"""


def probes(kubeconfig: Path, namespace: str, label: str = LABEL) -> list[str]:
    ran = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), "get", "pods", "-n", namespace, "-l", label, "-o", "name"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.split()


def test_controllers_do_not_adopt_a_probe_with_their_labels(world: LiveWorld, space: Space) -> None:
    space.apply(OWNERS)
    for workload in ("daemonset/everywhere", "statefulset/stateful"):
        space.ready(workload)
    space.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=1", "replicaset/plain", "--timeout=60s")
    assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""
    # A change makes every controller sort its Pods anew, with the probe among them.
    space.kubectl("scale", "replicaset/plain", "statefulset/stateful", "--replicas=2")
    space.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=2", "replicaset/plain", "--timeout=60s")
    space.ready("statefulset/stateful")
    space.kubectl("rollout", "restart", "daemonset/everywhere")
    space.ready("daemonset/everywhere")
    (probe,) = probes(space.kubeconfig, space.name)
    owners = space.kubectl("get", probe, "-o", "jsonpath={.metadata.ownerReferences[*].kind}")
    assert owners == "Namespace"
    assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""
    assert probes(space.kubeconfig, space.name) == [probe], "kept warm, not made anew"
    space.kubectl("delete", "daemonset/everywhere", "statefulset/stateful", "replicaset/plain")


def test_services_do_not_send_to_a_probe(world: LiveWorld, space: Space) -> None:
    space.apply(web())
    space.ready("deployment/web")
    assert world.request(WEB, Address("web", 80)).status == 200
    ready = "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].targetRef.name}"
    names = space.kubectl("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", ready).split()
    assert len(names) == 2
    assert all(name.startswith("web-") for name in names)


def test_checks_do_not_see_a_probe(world: LiveWorld, space: Space) -> None:
    assert world.connect(WEB, Address("web", 80)).problem == ""
    assert probes(space.kubeconfig, space.name)
    assert all(pod["metadata"]["name"].startswith("web-") for pod in world.list(POD, selector="app=web"))
    assert NAMESPACE not in {each["metadata"]["name"] for each in world.list(Kind("v1", "Namespace"))}
    assert not any(pod["metadata"]["namespace"] == NAMESPACE for pod in world.list(POD, "*"))
    slices = world.list(Kind("discovery.k8s.io/v1", "EndpointSlice"))
    targets = [each["targetRef"]["name"] for piece in slices for each in piece["endpoints"]]
    assert targets
    assert all(name.startswith("web-") for name in targets)
    about = [event["involvedObject"]["name"] for event in world.list(Kind("v1", "Event"))]
    assert about
    assert not any(name.startswith("kubetutor") for name in about)


def test_a_restricted_namespace_admits_a_probe(make_space: Callable[[], Space]) -> None:
    space = make_space()
    space.kubectl("label", "namespace", space.name, "pod-security.kubernetes.io/enforce=restricted")
    with LiveWorld(space.kubeconfig, (space.name,)) as world:
        assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""


def test_a_quota_that_leaves_no_room_is_named(make_space: Callable[[], Space]) -> None:
    space = make_space()
    space.kubectl("create", "quota", "none", "--hard=pods=0")
    with (
        LiveWorld(space.kubeconfig, (space.name,)) as world,
        pytest.raises(LookError, match=rf"{space.name} refuses the tutor's probe Pod: .*exceeded quota: none"),
    ):
        world.connect(WEB, Address("kubernetes.default", 443))


def test_a_namespace_that_is_not_there(make_space: Callable[[], Space]) -> None:
    space = make_space()
    with (
        LiveWorld(space.kubeconfig, (space.name,)) as world,
        pytest.raises(LookError, match="There is no namespace no-such-place"),
    ):
        world.connect(Source(namespace="no-such-place", labels={"app": "web"}), Address("web", 80))


def test_a_probe_that_the_learner_deletes_comes_back(world: LiveWorld, space: Space) -> None:
    assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""
    space.kubectl("delete", "pods", "-l", LABEL, "--wait=true")
    assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""


def test_attempts_side_by_side_remove_only_their_own(make_space: Callable[[], Space]) -> None:
    space = make_space()
    target = Address("kubernetes.default", 443)
    with LiveWorld(space.kubeconfig, (space.name,)) as other:
        assert other.connect(WEB, target).problem == ""
        with LiveWorld(space.kubeconfig, (space.name,)) as world:
            assert world.connect(WEB, target).problem == ""
            assert world.connect(Source(), target).problem == ""
            assert len(probes(space.kubeconfig, space.name)) == 2
        assert len(probes(space.kubeconfig, space.name)) == 1
        assert other.connect(WEB, target).problem == ""
    assert probes(space.kubeconfig, space.name) == []
    assert probes(space.kubeconfig, NAMESPACE, f"kubetutor.dev/for={space.name}") == []


def test_what_a_crash_left_is_removed_by_namespace(make_space: Callable[[], Space]) -> None:
    crashed, living = make_space(), make_space()
    worlds = [LiveWorld(each.kubeconfig, (each.name,)) for each in (crashed, living)]
    for world in worlds:
        assert world.connect(WEB, Address("kubernetes.default", 443)).problem == ""
        world.warm()
    remove_probes(crashed.kubeconfig, [crashed.name])
    assert probes(crashed.kubeconfig, crashed.name) == []
    assert probes(crashed.kubeconfig, NAMESPACE, f"kubetutor.dev/for={crashed.name}") == []
    assert len(probes(living.kubeconfig, living.name)) == 1
    assert len(probes(living.kubeconfig, NAMESPACE, f"kubetutor.dev/for={living.name}")) == 1
    for world in worlds:
        world.close()


def test_after_close_no_probe_is_made(make_space: Callable[[], Space]) -> None:
    space = make_space()
    world = LiveWorld(space.kubeconfig, (space.name,))
    world.close()
    with pytest.raises(LookError, match="stopped looking"):
        world.connect(WEB, Address("kubernetes.default", 443))
    assert probes(space.kubeconfig, space.name) == []
