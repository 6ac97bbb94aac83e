"""Pods from their binding to their end."""

from tests.practice.kubelet.world import World, contents
from tutor.practice.api.errors import Obj


async def test_a_pod_becomes_ready(world: World) -> None:
    await world.pod({"command": "sleep 1d"})
    status = world.status()
    assert status["phase"] == "Running"
    assert {each["type"]: each["status"] for each in status["conditions"]} == dict.fromkeys(
        ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"), "True"
    )
    assert status["podIP"] == "10.244.0.2"
    assert status["hostIP"] == "172.18.0.2"
    container = world.state()
    assert container["image"] == "docker.io/library/busybox:1.37"
    assert container["state"] == {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    assert (container["ready"], container["started"], container["restartCount"]) == (True, True, 0)
    assert world.events() == [
        'Pulled: Container image "busybox:1.37" already present on machine and can be accessed by the pod',
        "Created: Container created",
        "Started: Container started",
    ]


async def test_before_its_containers_run_a_pod_says_what_it_waits_for(world: World) -> None:
    volume = {"name": "v", "configMap": {"name": "settings"}}
    await world.pod({"command": "sleep", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}, volumes=[volume])
    assert world.state()["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert world.events() == ['FailedMount: MountVolume.SetUp failed for volume "v" : configmap "settings" not found']
    world.api.create("configmaps", {"metadata": {"name": "settings"}, "data": {"a": "1"}}, "default")
    await world.after(1)
    assert world.status()["phase"] == "Running"
    mount = world.runtime.sandboxes[-1].config.mounts[0]
    assert (mount.path, mount.read_only, contents(mount)) == ("/v", True, {"a": b"1"})


async def test_completion(world: World) -> None:
    await world.pod({"command": "say hello"}, restartPolicy="Never")
    assert world.status()["phase"] == "Running"  # until the sandbox has stopped
    await world.after(2)
    status = world.status()
    assert status["phase"] == "Succeeded"
    assert world.state()["state"]["terminated"]["reason"] == "Completed"
    conditions = {each["type"]: each for each in status["conditions"]}
    assert conditions["Ready"]["reason"] == "PodCompleted"
    assert conditions["PodReadyToStartContainers"]["message"] == "pod sandbox is not ready"


async def test_failure_and_its_message_from_the_log(world: World) -> None:
    policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    await world.pod({"command": "exit 4 no luck", **policy}, restartPolicy="OnFailure", name="again")
    await world.pod({"command": "exit 4 no luck", **policy}, restartPolicy="Never")
    await world.after(1.5)
    terminated = world.state()["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"], terminated["message"]) == (4, "Error", "no luck")
    assert world.status()["phase"] == "Failed"
    assert world.status("again")["phase"] == "Running"
    assert world.state(name="again")["restartCount"] == 1


async def test_crash_loop(world: World) -> None:
    await world.pod({"command": "exit 3"})
    await world.after(2.5)
    container = world.state()
    uid = world.get()["metadata"]["uid"]
    assert container["restartCount"] == 1
    assert container["state"]["waiting"] == {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 10s restarting failed container=c pod=p_default({uid})",
    }
    assert container["lastState"]["terminated"]["exitCode"] == 3
    assert f"BackOff: Back-off restarting failed container c in pod p_default({uid})" in world.events()
    await world.after(10)
    assert world.state()["restartCount"] == 2
    await world.after(22)
    assert world.state()["restartCount"] == 3
    assert "back-off 40s" in world.state()["state"]["waiting"]["message"]
    assert world.status()["phase"] == "Running"
    await world.after(2000)
    assert "back-off 5m0s" in world.state()["state"]["waiting"]["message"]


async def test_what_cannot_start(world: World) -> None:
    await world.pod({"command": "nosuch"})
    waiting = world.state()["state"]["waiting"]
    assert waiting["reason"] == "RunContainerError"
    assert waiting["message"].endswith(
        'unable to start container process: exec: "nosuch": executable file not found in $PATH'
    )
    assert world.state()["lastState"]["terminated"]["reason"] == "StartError"
    await world.after(2.5)
    assert world.state()["state"]["waiting"]["reason"] == "CrashLoopBackOff"


async def test_out_of_memory(world: World) -> None:
    await world.pod({"command": "oom"}, restartPolicy="Never")
    assert world.state()["state"]["terminated"]["reason"] == "OOMKilled"
    assert world.state()["state"]["terminated"]["exitCode"] == 137


async def test_init_containers_run_one_after_the_other(world: World) -> None:
    init = [
        {"name": "one", "command": "sleep"},
        {"name": "side", "command": "sleep", "restartPolicy": "Always"},
        {"name": "two", "command": "say x"},
    ]
    await world.pod({"command": "sleep"}, initContainers=init)
    assert world.state("one")["state"]["running"]
    assert world.state("two")["state"] == {"waiting": {"reason": "PodInitializing"}}
    initialized = next(each for each in world.status()["conditions"] if each["type"] == "Initialized")
    assert initialized["message"] == "containers with incomplete status: [one side two]"
    assert world.status()["phase"] == "Pending"
    world.runtime.sandboxes[0].processes[0].end(0)
    await world.after(1)
    assert world.status()["phase"] == "Running"
    assert [each["ready"] for each in world.status()["initContainerStatuses"]] == [True, True, True]


async def test_a_failing_init_container(world: World) -> None:
    init = [{"name": "one", "command": "exit 5"}, {"name": "two", "command": "say x"}]
    await world.pod({"command": "sleep"}, initContainers=init, restartPolicy="Never", name="never")
    await world.pod({"command": "sleep"}, initContainers=[dict(each) for each in init])
    await world.after(2.5)
    assert world.status("never")["phase"] == "Failed"
    assert world.state(name="never")["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert world.status()["phase"] == "Pending"
    assert world.state("one")["state"]["waiting"]["reason"] == "CrashLoopBackOff"


async def test_sidecars_end_after_the_others(world: World) -> None:
    init = [{"name": "side", "command": "serve", "restartPolicy": "Always"}]
    await world.pod({"command": "sleep"}, initContainers=init, restartPolicy="Never")
    assert world.state("side")["ready"]
    world.runtime.sandboxes[1].processes[0].end(0)
    await world.after(2)
    assert world.status()["phase"] == "Succeeded"
    assert world.state("side")["state"]["terminated"]["reason"] == "Completed"
    assert "Killing: Stopping container side" in world.events()


async def test_deadline(world: World) -> None:
    await world.pod({"command": "sleep"}, activeDeadlineSeconds=5, terminationGracePeriodSeconds=2)
    await world.after(8)
    status = world.status()
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert status["message"] == "Pod was active on the node longer than the specified deadline"
    assert world.state()["state"]["terminated"]["exitCode"] == 137


async def test_resizing(world: World) -> None:
    await world.pod({"command": "sleep", "resources": {"limits": {"memory": "32Mi"}}})
    sandbox = world.runtime.sandboxes[0]

    def more(pod: Obj) -> Obj:
        pod["spec"]["containers"][0]["resources"] = {"limits": {"memory": "64Mi"}}
        return pod

    world.api.change("pods", "default", "p", more, subresource="resize")
    await world.settle()
    assert sandbox.memory_limit == 64 << 20
    assert world.state()["resources"] == {"limits": {"memory": "64Mi"}}


async def test_static_pods_stand_for_parts_that_run(world: World) -> None:
    probe = {"httpGet": {"path": "/livez", "port": 1}, "initialDelaySeconds": 10}
    mirror = {"kubernetes.io/config.mirror": "x"}
    spec = {"containers": [{"name": "c", "image": "busybox:1.37", "command": ["sleep"], "startupProbe": probe}]}
    meta = {"name": "p", "annotations": mirror}
    world.api.create("pods", {"metadata": meta, "spec": {**spec, "nodeName": "node", "hostNetwork": True}}, "default")
    await world.settle()
    status = world.status()
    assert status["containerStatuses"][0]["ready"]
    assert (status["podIP"], "observedGeneration" in status) == ("172.18.0.2", False)


async def test_a_node_without_addresses(world: World) -> None:
    for number in range(254):
        await world.pod({"command": "sleep"}, name=f"p{number}")
    assert world.status("p252")["phase"] == "Running"
    assert world.status("p253")["phase"] == "Pending"
    assert world.events()[-1].startswith("FailedCreatePodSandBox: Failed to create pod sandbox: ")


async def test_a_status_that_somebody_else_has_written_does_not_stay(world: World) -> None:
    await world.pod({"command": "sleep"})
    world.api.set_status("pods", world.get(), {"phase": "Pending"})
    await world.settle()
    assert world.status()["phase"] == "Running"
    assert world.state()["ready"]
