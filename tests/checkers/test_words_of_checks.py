"""Every sentence of these checks can be translated, and none of them is glued to another's insides."""

import re

import pytest

from checkers.words import use_language
from tests.checkers.looking import look
from tests.checkers.recorded import RecordedWorld

DEPLOYMENT = "object: {apiVersion: apps/v1, kind: Deployment, name: "
CHECKS = [
    ("shop", DEPLOYMENT + "web}"),
    ("shop", DEPLOYMENT + "wbe}"),
    ("shop", DEPLOYMENT + "checkout}"),
    ("shop", DEPLOYMENT + "web}\nexpect: {spec: {replicas: {$gte: 4}, paused: true, strategy: {$absent: true}}}"),
    ("shop", DEPLOYMENT + "web}\nexpect: {metadata: {labels: {ap: web}}}"),
    ("shop", DEPLOYMENT + "web}\nexpect: {spec: {template: {spec: {containers: [{name: a}]}}}}"),
    ("shop", "object: {apiVersion: v1, kind: Pod, selector: app=wbe}"),
    ("shop", "absent: {apiVersion: v1, kind: Pod, selector: app=web}"),
    ("shop", "count: {apiVersion: v1, kind: Pod, selector: app=web}\nmatching: {status: {phase: Failed}}\nexpect: 1"),
    ("shop", "count: {apiVersion: v1, kind: Pod, selector: app=web}\nexpect: {$gte: 9}"),
    ("shop", "rollout: {name: web}\nexpect: {complete: true, revision: 9, history: {$length: 9}}"),
    ("shop", "event: {object: {kind: Pod, selector: app=web, apiVersion: v1}, reason: Starte}"),
    *(
        ("broken", f"{DEPLOYMENT}{name}}}\nexpect: {{status: {{readyReplicas: 1}}}}")
        for name in ("typo", "crash", "firststep", "greedy", "nosettings", "noprogram", "oom", "nomount", "unlive")
    ),
    ("broken", DEPLOYMENT + "unready}\nexpect: {status: {readyReplicas: 1}}"),
    ("broken", DEPLOYMENT + "slow}\nexpect: {status: {readyReplicas: 1}}"),
    ("broken", "object: {apiVersion: apps/v1, kind: StatefulSet, name: db}\nexpect: {status: {readyReplicas: 2}}"),
    ("broken", "object: {apiVersion: batch/v1, kind: Job, name: report}\nexpect: {status: {succeeded: 1}}"),
    ("broken", "absent: {apiVersion: v1, kind: ConfigMap, name: stuck}"),
]


@pytest.fixture
def pseudo():
    use_language("pseudo")
    yield
    use_language("en")


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(("recorded", "text"), CHECKS)
def test_every_sentence_is_translated(recorded, text):
    verdict = look(RecordedWorld.of(recorded), text)
    for sentence in (verdict.found, verdict.asked, verdict.near):
        rest = sentence
        while rest != (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)):
            rest = shorter
        assert not rest.strip(), sentence
