"""Probes and lifecycle hooks."""

from tests.practice.kubelet.world import World


async def test_readiness_over_http(world: World) -> None:
    probe = {"httpGet": {"path": "/ok", "port": 8000}, "periodSeconds": 2}
    await world.pod({"command": "sleep", "readinessProbe": probe})
    await world.after(1)
    refused = 'Get "http://10.244.0.2:8000/ok": dial tcp 10.244.0.2:8000: connect: connection refused'
    assert f"Unhealthy: Readiness probe failed: {refused}" in world.events()
    ready = next(each for each in world.status()["conditions"] if each["type"] == "Ready")
    assert ready["message"] == "containers with unready status: [c]"
    world.runtime.answers[8000] = 200
    await world.after(2)
    assert world.state()["ready"]
    world.runtime.answers[8000] = 404
    await world.after(7)
    assert not world.state()["ready"]
    assert "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404" in world.events()


async def test_liveness_restarts(world: World) -> None:
    probe = {"exec": {"command": ["exit", "1", "gone"]}, "periodSeconds": 2, "failureThreshold": 2}
    await world.pod({"command": "serve", "livenessProbe": probe})
    await world.after(4)
    assert "Unhealthy: Liveness probe failed: gone" in world.events()
    assert "Killing: Container c failed liveness probe, will be restarted" in world.events()
    await world.after(1)
    container = world.state()
    assert (container["restartCount"], container["lastState"]["terminated"]["exitCode"]) == (1, 0)
    assert "Completed" not in [state for _, state in world.seen]  # it is started again in the same step
    await world.after(4)
    assert world.state()["restartCount"] == 2
    await world.after(4)
    assert world.state()["state"]["waiting"]["reason"] == "CrashLoopBackOff"


async def test_a_startup_probe_holds_the_others_back(world: World) -> None:
    startup = {"tcpSocket": {"port": 7000}, "periodSeconds": 1, "failureThreshold": 5}
    liveness = {"exec": {"command": ["exit", "1"]}}
    await world.pod({"command": "sleep", "startupProbe": startup, "livenessProbe": liveness})
    await world.after(2)
    assert not world.state()["started"]
    assert "Unhealthy: Startup probe failed: dial tcp 10.244.0.2:7000: connect: connection refused" in world.events()
    world.runtime.answers[7000] = 200
    await world.after(1)
    assert world.state()["started"]
    assert world.state()["ready"]


async def test_a_probe_that_takes_too_long(world: World) -> None:
    probe = {"exec": {"command": ["sleep", "9"]}, "periodSeconds": 2}
    await world.pod({"command": "sleep", "readinessProbe": probe})
    await world.after(2)
    assert 'Unhealthy: Readiness probe failed: command timed out: "sleep 9" timed out after 1s' in world.events()


async def test_a_probe_whose_command_is_missing(world: World) -> None:
    await world.pod({"command": "sleep", "readinessProbe": {"exec": {"command": ["nosuch"]}}})
    await world.after(1)
    start = "Unhealthy: Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = "
    assert world.events()[-1].startswith(f'{start}failed to exec in container: failed to start exec "')


async def test_a_failing_hook_after_the_start(world: World) -> None:
    hook = {"postStart": {"exec": {"command": ["exit", "3", "oops"]}}}
    await world.pod({"command": "serve", "lifecycle": hook})
    uid = world.get()["metadata"]["uid"]
    await world.settle()
    assert world.state()["state"]["waiting"] == {
        "reason": "PostStartHookError",
        "message": f'Exec lifecycle hook ([exit 3 oops]) for Container "c" in Pod "p_default({uid})" failed - error: '
        "command 'exit 3 oops' exited with 3: , message: \"oops\"",
    }
    assert "FailedPostStartHook: PostStartHook failed" in world.events()
    assert "Killing: FailedPostStartHook" in world.events()


async def test_a_hook_before_the_end_uses_the_grace(world: World) -> None:
    await world.pod(
        {"command": "serve", "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}},
        {"name": "d", "command": "serve", "lifecycle": {"preStop": {"exec": {"command": ["exit", "4"]}}}},
    )
    world.api.delete("pods", "default", "p")
    await world.after(4)
    assert world.state()["state"]["running"]
    assert (await world.runtime.sandboxes[1].processes[0].wait()).code == 0
    assert "FailedPreStopHook: PreStopHook failed" in world.events()
    await world.after(2)
    assert world.store.get("pods", "default", "p") is None


async def test_readiness_gates(world: World) -> None:
    await world.pod({"command": "sleep"}, readinessGates=[{"conditionType": "x.y/z"}])
    ready = next(each for each in world.status()["conditions"] if each["type"] == "Ready")
    assert ready["reason"] == "ReadinessGatesNotReady"
    assert ready["message"] == 'corresponding condition of pod readiness gate "x.y/z" does not exist.'
    gate = {"type": "x.y/z", "status": "True"}
    status = world.status()
    world.api.set_status("pods", world.get(), {**status, "conditions": [*status["conditions"], gate]})
    await world.settle()
    conditions = {each["type"]: each["status"] for each in world.status()["conditions"]}
    assert (conditions["Ready"], conditions["x.y/z"]) == ("True", "True")


async def test_a_probe_of_a_port_without_that_name(world: World) -> None:
    await world.pod({"command": "sleep", "readinessProbe": {"httpGet": {"path": "/", "port": "web"}}})
    await world.after(1)
    text = 'Unhealthy: Readiness probe errored and resulted in unknown state: port "web" not found'
    assert world.events()[-1] == text
