"""CronJobs over hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.practice.controllers.world import NAMESPACE, World, template
from tutor.practice.api.errors import Obj

CRONJOBS, JOBS = "cronjobs.batch", "jobs.batch"


def spec(schedule: str = "*/10 * * * *", *command: str, **more: Any) -> Obj:
    pod = template("work", command=command or ["true"], restartPolicy="Never")
    return {"schedule": schedule, "jobTemplate": {"spec": {"template": pod}}, **more}


def started(world: World) -> list[str]:
    return [message for _, reason, message in world.said("tick") if reason == "SuccessfulCreate"]


async def test_jobs_start_by_the_clock_and_old_ones_go() -> None:
    world = World()
    world.create(CRONJOBS, "tick", spec())
    await world.run(3600 + 1)
    minute = int(world.clock.now().timestamp()) // 60
    assert started(world) == [f"Created job tick-{minute - 50 + each * 10}" for each in range(6)]
    names = [each["metadata"]["name"] for each in world.store.list(JOBS)]
    assert names == [f"tick-{minute - 20}", f"tick-{minute - 10}", f"tick-{minute}"]
    job = world.get(JOBS, f"tick-{minute}")
    assert job["metadata"]["annotations"] == {
        "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T01:00:00Z",
    }
    assert world.get(CRONJOBS, "tick")["status"] == {
        "lastScheduleTime": "2026-01-01T01:00:00Z",
        "lastSuccessfulTime": "2026-01-01T01:00:00Z",
    }
    said = world.said("tick")
    assert ("Normal", "SawCompletedJob", f"Saw completed job: tick-{minute}, condition: Complete") in said
    assert ("Normal", "SuccessfulDelete", f"Deleted job tick-{minute - 30}") in said


async def test_the_policy_decides_about_jobs_that_still_run() -> None:
    for policy, most in (("Allow", 3), ("Forbid", 1), ("Replace", 1)):
        world = World()
        world.create(CRONJOBS, "tick", spec("*/10 * * * *", "sleep", concurrencyPolicy=policy))
        await world.run(1801)
        assert len(world.get(CRONJOBS, "tick")["status"]["active"]) == most
        assert len(started(world)) == (1 if policy == "Forbid" else 3)
        if policy == "Forbid":
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            assert ("Normal", "JobAlreadyActive", message) in world.said("tick")


async def test_a_suspended_cronjob_waits_and_a_missed_start_is_told() -> None:
    world = World()
    world.create(CRONJOBS, "tick", spec("0 * * * *", suspend=True, startingDeadlineSeconds=60))
    await world.run(3600 * 2 + 300)
    assert started(world) == []
    world.change(CRONJOBS, "tick", lambda obj: obj["spec"].update(suspend=False))
    await world.run(3600)
    assert len(started(world)) == 1


async def test_the_time_zone_counts() -> None:
    world = World()
    world.create(CRONJOBS, "tick", spec("0 3 * * *", timeZone="Europe/Berlin"))
    await world.run(3600 * 3)
    job = world.store.list(JOBS)[0]["metadata"]
    assert job["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-01-01T03:00:00+01:00"
    assert job["creationTimestamp"].startswith("2026-01-01T02:00")


async def test_schedules_may_be_written_as_upstreams_parser_reads_them() -> None:
    for schedule, hourly in (("@hourly", 1), ("5/20 * ? * *", 3), ("0 * * * mon-fri", 1)):
        world = World()
        world.create(CRONJOBS, "tick", spec(schedule))
        await world.run(3600 + 1)
        assert len(started(world)) == hourly, schedule


async def test_a_job_that_was_deleted_is_missed() -> None:
    world = World()
    world.create(CRONJOBS, "tick", spec("0 * * * *", "sleep"))
    await world.run(3601)
    name = world.get(CRONJOBS, "tick")["status"]["active"][0]["name"]
    world.api.delete(JOBS, NAMESPACE, name)
    await world.settle()
    assert "active" not in world.get(CRONJOBS, "tick")["status"]
    assert ("Normal", "MissingJob", f"Active job went missing: {name}") in world.said("tick")
    assert world.clock.now() >= datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1)
