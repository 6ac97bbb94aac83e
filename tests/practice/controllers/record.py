"""Records what a real cluster reports of the scenarios: `python -m tests.practice.controllers.record [SCENARIO…]`.

It needs a kubeconfig of a cluster with the image busybox:1.37 on its nodes, and works in namespaces of its own.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.practice.controllers.scenarios import MADE, RESOURCES, SCENARIOS, report

RECORDED = Path(__file__).with_name("recorded.json")
VERSIONS = {
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Pod": "v1",
    "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "ReplicationController": "v1",
}
AT_ONCE = 5


def kubectl(*words: str, stdin: Any = None) -> str:
    """Return what kubectl prints."""
    text = json.dumps(stdin) if stdin is not None else None
    done = subprocess.run(["kubectl", *words], input=text, capture_output=True, text=True, check=True)
    return done.stdout


def run(name: str) -> Any:
    """Play one scenario in a namespace of its own."""
    namespace = f"controllers-{name.replace(' ', '-')}-{secrets.token_hex(2)}"
    kubectl("create", "namespace", namespace)
    try:
        for verb, *words in SCENARIOS[name]:
            if verb == "wait":
                time.sleep(words[0] + 2)
            elif verb == "create":
                kind, called, spec = words
                body = {"apiVersion": VERSIONS.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": called}}
                if kind == "Pod":
                    body["metadata"]["labels"] = {"app": "web"}
                kubectl("-n", namespace, "create", "-f", "-", stdin={**body, "spec": spec})
            elif verb == "delete pods":
                kubectl("-n", namespace, "delete", "pods", "--all", "--wait=false")
            else:
                kind, called, patch = words
                kubectl("-n", namespace, "patch", kind, called, "--type=merge", "-p", json.dumps(patch))
        kinds = ",".join({*RESOURCES.values(), *MADE.values()})
        found = json.loads(kubectl("-n", namespace, "get", kinds, "-o", "json"))["items"]
        events = json.loads(kubectl("-n", namespace, "get", "events", "-o", "json"))["items"]
        return report(found, events)
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


def main() -> None:
    """Record the scenarios that are named, or all of them."""
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    names = sys.argv[1:] or list(SCENARIOS)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, found in zip(names, pool.map(run, names), strict=True):
            recorded[name] = found
    RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
