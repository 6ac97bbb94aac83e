"""Record what a real scheduler says of the Pods in tests/practice/scheduler/cases.yaml, in kubectl's context."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parents[1] / "tests" / "practice" / "scheduler"
NAMESPACE = "sched-record"
POLITE = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "sched-polite"},
    "value": 5,
    "preemptionPolicy": "Never",
}


def kubectl(*words: str, stdin: str = "") -> str:
    """Run kubectl and return what it prints."""
    return subprocess.run(["kubectl", *words], input=stdin, capture_output=True, text=True, check=True).stdout


def pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return the Pod of a case: names and images are filled in."""
    spec = dict(spec)
    labels = spec.pop("labels", {})
    for field in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(field, [])):
            container |= {"name": f"{field[:4].lower()}-{number}", "image": "busybox:1.37"}
    spec.setdefault("containers", [{"name": "cont-0", "image": "busybox:1.37"}])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def record() -> None:
    """Create everything, wait for the scheduler, write messages.json, and take it all away."""
    given = yaml.safe_load((HERE / "cases.yaml").read_text())
    cluster = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*given["cluster"], POLITE]})
    before = json.dumps({"apiVersion": "v1", "kind": "List", "items": given["before"]})
    pods = [pod(name, spec) for name, spec in given["cases"].items()]
    kubectl("create", "namespace", NAMESPACE)
    kubectl("apply", "-f", "-", stdin=cluster)
    try:
        kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=before)
        kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod/runner", "pod/guard")
        time.sleep(3)
        kubectl(
            "-n", NAMESPACE, "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": pods})
        )
        time.sleep(8)
        found = json.loads(kubectl("-n", NAMESPACE, "get", "pods", "-o", "json"))["items"]
        events = json.loads(kubectl("-n", NAMESPACE, "get", "events", "-o", "json"))["items"]
        messages: dict[str, Any] = {}
        for each in found:
            name = each["metadata"]["name"]
            if name in given["cases"]:
                conditions = each["status"].get("conditions", [])
                for condition in conditions:
                    condition.pop("lastTransitionTime", None), condition.pop("lastProbeTime", None)
                said = [
                    e["message"]
                    for e in events
                    if e["involvedObject"]["name"] == name and e["reason"] == "FailedScheduling"
                ]
                messages[name] = {"conditions": conditions, "events": said}
        (HERE / "messages.json").write_text(json.dumps(messages, indent=1, sort_keys=True) + "\n")
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--wait=false")
        kubectl("delete", "-f", "-", "--wait=false", stdin=cluster)


if __name__ == "__main__":
    record()
