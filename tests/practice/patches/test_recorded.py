"""What a real cluster made of requests, and what we make of them: those of record.py, of kubectl, helm, controllers."""

import copy
import gzip
import json
from pathlib import Path

import pytest

from tests.practice.patches.record import CRD
from tutor.practice.patches import apply, json_patch, managed, merge, strategic, typed
from tutor.practice.patches.errors import PatchError
from tutor.practice.schema.definitions import Schema, Type


def lines(name):
    return map(json.loads, gzip.decompress((Path(__file__).parent / name).read_bytes()).splitlines())


STEPS = [*lines("recorded.jsonl.gz"), *lines("sessions.jsonl.gz")]
WRITES = [*lines("controllers.jsonl.gz")]
NAMES = [f"{n}-{step['verb']}-{step['manager']}" for n, step in enumerate(STEPS, start=1)]
SCHEMA = Schema.load()
GADGET = Type.from_openapi(CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]).with_metadata()
SCHEMA.custom["patches.example.com/v1", "Gadget"] = GADGET
VOLATILE = ("resourceVersion", "generation", "managedFields", "creationTimestamp", "uid", "namespace")
SERVICE, JOB = "clusterIP clusterIPs ipFamilies ipFamilyPolicy", "selector"
SET_BY_SERVER = {"Service": SERVICE.split(), "Job": JOB.split()}
DEFAULTED = "progressDeadlineSeconds revisionHistoryLimit strategy rollingUpdate maxSurge maxUnavailable type"
DEFAULTED += " imagePullPolicy terminationMessagePath terminationMessagePolicy protocol dnsPolicy restartPolicy"
DEFAULTED += " schedulerName securityContext terminationGracePeriodSeconds sessionAffinity internalTrafficPolicy"


def type_of(obj):
    found = SCHEMA.for_kind(obj["apiVersion"], obj["kind"])
    assert found is not None
    return found


def managers(obj):
    """Those of requests; a controller may be ahead of the answer."""
    found = obj["metadata"].get("managedFields", [])
    return [each for each in found if each["manager"] != "kube-controller-manager"]


def now(obj):
    return max((each["time"] for each in managers(obj) if "time" in each), default="2026-01-01T00:00:00Z")


def bare(obj):
    obj = copy.deepcopy(obj)
    for key in VOLATILE:
        obj["metadata"].pop(key, None)
    if obj["kind"] != "Gadget":
        obj.pop("status", None)
    return obj


def applied(step):
    with_status = step["before"] if step["before"] is not None else step["body"]
    kind, time = type_of(with_status), now(step["answer"]) if step["code"] < 300 else "2026-01-01T00:00:00Z"
    options = {"subresource": step["subresource"]}
    return apply.apply(step["before"], step["body"], step["manager"], step["force"], kind, time, **options)


def only(verb, fine=True):
    found = [(n, step) for n, step in zip(NAMES, STEPS, strict=True) if step["verb"] in verb]
    ours = [(n, step) for n, step in found if (step["code"] < 300) == fine]
    return pytest.mark.parametrize("step", [step for _, step in ours], ids=[n for n, _ in ours])


def covers(real, ours):
    """Whether the real object is ours with defaults; returns the first difference."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in ours:
            if key not in real or covers(real[key], ours[key]):
                return {key: covers(real[key], ours[key]) if key in real else ours[key]}
        return None
    if isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        return next((found for found in map(covers, real, ours) if found), None)
    return None if real == ours else f"{real} != {ours}"


@only({"create", "update", "merge", "strategic", "json"})
def test_managers_after_an_update(step):
    answer = step["answer"]
    new = copy.deepcopy(answer)
    before = json_patch.apply(step["before"], step["body"]) if step["verb"] == "json" else step["before"]
    new["metadata"]["managedFields"] = before["metadata"].get("managedFields") if before else None
    if step["body"] == {"metadata": {"managedFields": [{}]}}:
        new["metadata"]["managedFields"] = [{}]
    if before is None:
        for key in SET_BY_SERVER.get(new["kind"], ()):
            new["spec"].pop(key, None)
        if new["kind"] == "Job":  # the server's labels are all that these have
            del new["metadata"]["labels"], new["spec"]["template"]["metadata"]["labels"]
    manager = managed.manager_name(step["manager"], step.get("agent", ""))
    options = (manager, answer["apiVersion"], step["subresource"], type_of(answer), now(answer))
    assert managers(managed.updated(step["before"], new, *options)) == managers(answer)


@pytest.mark.parametrize("write", WRITES, ids=[f"{each['answer']['kind']}-{each['manager']}" for each in WRITES])
def test_managers_after_a_controller_or_kubelet_wrote(write):
    old, answer = write["before"], write["answer"]
    new = {**answer, "metadata": {**answer["metadata"], "managedFields": old["metadata"].get("managedFields")}}
    options = (write["manager"], answer["apiVersion"], write["subresource"], type_of(answer), write["time"])
    ours = managed.updated(old, new, *options)
    assert ours["metadata"].get("managedFields") == answer["metadata"].get("managedFields")


@only({"merge", "strategic", "json"})
def test_patched_objects(step):
    if step["subresource"]:
        return
    patch = {"merge": merge.apply, "json": json_patch.apply}.get(step["verb"])
    before = step["before"]
    patched = patch(before, step["body"]) if patch else strategic.apply(before, step["body"], type_of(before))
    assert covers(bare(step["answer"]), bare(patched)) is None


@only({"apply"})
def test_applied_objects(step):
    ours, before = applied(step), copy.deepcopy(step["before"])
    assert managers(ours) == managers(step["answer"])
    assert covers(bare(step["answer"]), bare(ours)) is None
    kind = type_of(ours)
    if before is not None:
        gone = typed.field_set(bare(step["answer"]), kind) - typed.field_set(bare(ours), kind)
        gone = {path for path in gone if path[-1][2:] not in DEFAULTED.split()}
        assert not gone & typed.field_set(bare(before), kind), "what we removed, the real one did not"
    assert before == step["before"]


@only({"apply"}, fine=False)
def test_refused_applies(step):
    answer = step["answer"]
    if answer["code"] == 422:
        applied(step)  # refused later on, by validation
        return
    with pytest.raises(PatchError) as refused:
        applied(step)
    error = refused.value
    causes = sorted(json.dumps(each, sort_keys=True) for each in answer.get("details", {}).get("causes", ()))
    assert (error.code, error.reason) == (answer["code"], answer.get("reason", ""))
    assert sorted(error.message.splitlines()) == sorted(answer["message"].splitlines())
    assert sorted(json.dumps(each, sort_keys=True) for each in error.causes) == causes
