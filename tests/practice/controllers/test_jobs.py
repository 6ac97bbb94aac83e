"""Jobs: completions, failures, back-off, indexes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.practice.controllers.world import NAMESPACE, World, conditions, template
from tutor.practice.api.errors import Obj

JOBS = "jobs.batch"
DONE = ("True", "CompletionsReached", "Reached expected number of succeeded pods")


def job(*command: str, **spec: Any) -> Obj:
    return {**spec, "template": template("work", command=command or ["true"], restartPolicy="Never")}


def final(world: World, name: str = "work") -> Obj:
    """The status without its times."""
    status = dict(world.get(JOBS, name)["status"])
    return {key: value for key, value in status.items() if key not in ("startTime", "completionTime", "conditions")}


async def test_a_job_completes_as_on_a_real_cluster() -> None:
    world = World()
    world.create(JOBS, "work", job(completions=2))
    await world.settle()
    assert final(world) == {"ready": 0, "succeeded": 2, "terminating": 0, "uncountedTerminatedPods": {}}
    assert conditions(world.get(JOBS, "work")) == {"SuccessCriteriaMet": DONE, "Complete": DONE}
    assert [reason for _, reason, _ in world.said("work")] == ["SuccessfulCreate", "SuccessfulCreate", "Completed"]
    assert all("finalizers" not in pod["metadata"] for pod in world.store.list("pods"))


async def test_failures_are_tried_again_later_and_later_up_to_the_limit() -> None:
    world = World()
    world.create(JOBS, "work", job("false", backoffLimit=2))
    await world.run(9)
    assert len(world.store.list("pods")) == 1
    await world.run(2)
    assert len(world.store.list("pods")) == 2
    await world.run(18)
    assert len(world.store.list("pods")) == 2
    await world.run(3)
    assert len(world.store.list("pods")) == 3
    assert final(world) == {"failed": 3, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}}
    failed = ("True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    assert conditions(world.get(JOBS, "work")) == {"FailureTarget": failed, "Failed": failed}
    assert world.said("work")[-1] == ("Warning", *failed[1:])


async def test_a_deadline_stops_what_still_runs() -> None:
    world = World()
    world.create(JOBS, "work", job("sleep", activeDeadlineSeconds=4))
    await world.run(3)
    assert final(world)["active"] == 1
    await world.run(2)
    assert final(world) == {"failed": 1, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}}
    failed = ("True", "DeadlineExceeded", "Job was active longer than specified deadline")
    assert conditions(world.get(JOBS, "work")) == {"FailureTarget": failed, "Failed": failed}
    reasons = [reason for _, reason, _ in world.said("work")]
    assert reasons == ["SuccessfulCreate", "SuccessfulDelete", "DeadlineExceeded"]
    assert world.store.list("pods") == []


async def test_indexes_are_done_once_each() -> None:
    world = World()
    world.create(JOBS, "work", job(completions=3, parallelism=2, completionMode="Indexed"))
    await world.settle()
    status = final(world)
    assert (status["completedIndexes"], status["succeeded"]) == ("0-2", 3)
    pod = next(each for each in world.store.list("pods") if each["metadata"]["name"].startswith("work-1-"))
    assert pod["spec"]["hostname"] == "work-1"
    assert pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == "1"
    assert pod["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"


async def test_a_suspended_job_stops_and_goes_on() -> None:
    world = World()
    world.create(JOBS, "work", job("sleep", suspend=True))
    await world.settle()
    assert final(world) == {"ready": 0, "terminating": 0, "uncountedTerminatedPods": {}}
    assert conditions(world.get(JOBS, "work")) == {"Suspended": ("True", "JobSuspended", "Job suspended")}
    world.change(JOBS, "work", lambda obj: obj["spec"].update(suspend=False))
    await world.settle()
    assert final(world)["active"] == 1
    assert conditions(world.get(JOBS, "work")) == {"Suspended": ("False", "JobResumed", "Job resumed")}
    world.change(JOBS, "work", lambda obj: obj["spec"].update(suspend=True))
    await world.settle()
    assert world.store.list("pods") == []
    assert "failed" not in final(world)
    assert [reason for _, reason, _ in world.said("work")] == [
        *("SuccessfulCreate", "Resumed", "SuccessfulDelete", "Suspended"),
    ]


async def test_a_finished_job_goes_after_a_while() -> None:
    world = World()
    world.create(JOBS, "work", job(ttlSecondsAfterFinished=30))
    await world.run(29)
    assert "deletionTimestamp" not in world.get(JOBS, "work")["metadata"]
    await world.run(2)
    assert world.get(JOBS, "work")["metadata"]["finalizers"] == ["foregroundDeletion"]


async def test_pods_of_a_job_that_is_gone_can_go_too() -> None:
    world = World()
    world.create(JOBS, "work", job("sleep"))
    await world.settle()
    world.api.delete(JOBS, NAMESPACE, "work")
    await world.settle()
    assert "finalizers" not in world.pods()[0]["metadata"]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.booleans())
async def test_each_completion_is_one_pod(completions: int, parallelism: int, indexed: bool) -> None:
    world = World()
    mode = "Indexed" if indexed else "NonIndexed"
    world.create(JOBS, "work", job(completions=completions, parallelism=parallelism, completionMode=mode))
    await world.settle()
    assert len(world.store.list("pods")) == completions
    assert final(world)["succeeded"] == completions
