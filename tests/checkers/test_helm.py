"""The check type `helm`, against releases that Helm 4 stored."""

from __future__ import annotations

import base64
import copy
import gzip
import json

import pytest

from checkers import helm_release
from checkers.result import Verdict
from checkers.world import LookError

from .behaviour import look, problems
from .recorded import RecordedWorld

CORNER = "{helm: {release: corner}}"


def world(**how) -> RecordedWorld:
    return RecordedWorld.of("helm", **how)


def expecting(expect: str, release: str = "corner") -> str:
    return f"{{helm: {{release: {release}}}, expect: {expect}}}"


def stored(name: str, revision: int, status: str, **release) -> dict:
    """A release's Secret, as Helm packs it."""
    whole = {
        "name": name,
        "version": revision,
        "info": {"status": status, "description": release.pop("description", "")},
        "chart": release.pop("chart", {"metadata": {"name": "cafe", "version": "0.3.0"}, "values": {}}),
        **release,
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(whole).encode())))
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": helm_release.SECRET_TYPE,
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "namespace": "shop",
            "labels": {"owner": "helm", "name": name, "status": status, "version": str(revision)},
        },
        "data": {"release": packed.decode()},
    }


def test_a_deployed_release() -> None:
    assert look(CORNER, world()) == Verdict(ok=True, found="Release corner is deployed: revision 2, chart cafe 0.3.0.")


@pytest.mark.parametrize(
    "expect",
    [
        "{revision: 2, chart: cafe, version: 0.3.0, app_version: '1.28'}",
        "{revision: {$gte: 2}, version: {$match: '^0\\.'}}",
        "{values: {image: {tag: '1.29'}}}",
        "{values: {replicaCount: {$absent: true}}}",
        "{computed: {replicaCount: 1, image: {repository: nginx, tag: '1.29'}}}",
        "{history: {$length: 2}}",
        "{history: [{status: superseded, values: {replicaCount: 2}}]}",
    ],
)
def test_what_can_be_asked(expect: str) -> None:
    assert look(expecting(expect), world()).ok


def test_a_value_that_the_upgrade_forgot() -> None:
    assert look(expecting("{values: {replicaCount: 2}}"), world()) == Verdict(
        ok=False,
        found="values.replicaCount of release corner is not set.",
        asked="values.replicaCount of release corner is 2.",
        near="Revision 1 was given replicaCount: 2; revision 2 was not.",
        look="helm get values corner",
        path="values.replicaCount",
    )


def test_a_value_under_a_key_that_the_chart_does_not_have() -> None:
    verdict = look(expecting("{values: {replicaCount: 2}}", "other"), world())
    assert verdict.near == "replicas is given (2), but the values.yaml of chart cafe has no replicas."


def test_a_value_that_is_only_the_charts_own() -> None:
    verdict = look(expecting("{values: {replicaCount: 2}}"), world().remove("Secret", "sh.helm.release.v1.corner.v1"))
    assert verdict.near == "The chart's own value counts: replicaCount: 1."


def test_values_of_subcharts_are_no_mistake() -> None:
    chart = {"metadata": {"name": "cafe", "version": "1", "dependencies": [{"name": "redis", "alias": "cache"}]}}
    made = RecordedWorld(stored("a", 1, "deployed", chart=chart, config={"cache": {"size": 1}, "global": {"x": 1}}))
    assert look(expecting("{values: {replicaCount: 2}}", "a"), made).near == ""


def test_a_number_where_a_text_was_wanted() -> None:
    made = RecordedWorld(stored("a", 1, "deployed", config={"image": {"tag": 1.29}}))
    verdict = look(expecting("{values: {image: {tag: '1.29'}}}", "a"), made)
    assert verdict.found == "values.image.tag of release a is 1.29."
    assert verdict.asked == 'values.image.tag of release a is "1.29".'


def test_a_map_where_a_list_was_wanted() -> None:
    made = RecordedWorld(stored("a", 1, "deployed", config={"hosts": {"a": 1}}))
    verdict = look(expecting("{values: {hosts: [a]}}", "a"), made)
    assert verdict.found == "values.hosts of release a is a mapping, not a list."


def test_a_failed_release_speaks_in_helms_words() -> None:
    verdict = look("{helm: {release: stuck}}", world())
    assert verdict == Verdict(
        ok=False,
        found="Release stuck is failed: revision 1, chart cafe 0.3.0.",
        asked="status of release stuck is deployed.",
        evidence='Helm says: Release "stuck" failed: resource Deployment/checks2-rec/stuck not ready. '
        "status: InProgress, message: Available: 0/1 context deadline exceeded",
        look="helm status stuck",
        path="status",
    )


def test_a_pending_release_is_on_its_way() -> None:
    made = RecordedWorld(stored("a", 1, "deployed"), stored("a", 2, "pending-upgrade", description="Preparing upgrade"))
    verdict = look("{helm: {release: a}}", made)
    assert verdict.found == "Release a is pending-upgrade: revision 2, chart cafe 0.3.0."
    assert verdict.healing


def test_an_uninstalled_release_that_kept_its_history() -> None:
    verdict = look("{helm: {release: gone}}", world())
    assert verdict.found == "Release gone is uninstalled: revision 1, chart cafe 0.3.0."
    assert not verdict.healing


def test_a_release_of_another_name() -> None:
    assert look("{helm: {release: cornr}}", world()) == Verdict(
        ok=False,
        found="There is no release cornr in namespace shop.",
        asked="Release cornr is installed in namespace shop.",
        near="There is a release called corner.",
        look="helm list --all-namespaces",
    )
    assert look("{helm: {release: bakery}}", world()).near == "Releases in this namespace: corner, gone, other, stuck."


def test_a_release_in_another_namespace() -> None:
    verdict = look(CORNER, world(namespace="market"))
    assert verdict.near == "There is a release corner in namespace shop."
    there = "{helm: {release: corner, namespace: shop}, expect: {revision: 3}}"
    assert look(there, world(namespace="market")).look == "helm history corner -n shop"


def test_no_release_at_all() -> None:
    assert look(CORNER, RecordedWorld()).near == ""


def test_too_few_revisions() -> None:
    verdict = look(expecting("{revision: {$gte: 3}, history: {$length: {$gte: 3}}}"), world())
    assert verdict.found == "revision of release corner is 2. history of release corner has 2 entries."
    assert verdict.look == "helm history corner"


def test_ten_comes_after_nine() -> None:
    made = RecordedWorld(*(stored("a", number, "superseded") for number in (9, 10, 1)))
    assert "revision 10" in look("{helm: {release: a}}", made).found


def test_unicode_and_nulls() -> None:
    made = RecordedWorld(stored("kafé", 1, "deployed", config=None, chart={"metadata": None, "values": None}))
    assert look("{helm: {release: kafé}}", made).ok
    made = RecordedWorld(stored("a", 1, "deployed", config={"motto": "早安", "none": None}))
    assert look(expecting("{values: {motto: 早安, none: null}}", "a"), made).ok


def test_a_null_takes_a_default_away() -> None:
    assert helm_release.merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": None}, "d": {"e": 4}}) == {
        "a": {"c": 2},
        "d": {"e": 4},
    }


@pytest.mark.parametrize(
    "data", [None, {}, {"release": None}, {"release": "bm9wZQ=="}, {"release": "AAAA"}, {"release": "%"}]
)
def test_a_secret_that_is_no_release_is_no_verdict(data) -> None:
    broken = copy.deepcopy(stored("a", 1, "deployed"))
    broken["data"] = data
    with pytest.raises(LookError, match="does not hold a release that can be read"):
        look("{helm: {release: a}}", RecordedWorld(broken))


def test_other_secrets_are_left_alone() -> None:
    stranger = stored("a", 1, "deployed") | {"type": "Opaque", "data": {"release": "eA=="}}
    assert look("{helm: {release: a}}", RecordedWorld(stranger)).found == "There is no release a in namespace shop."


def test_what_is_wrong_with_a_check() -> None:
    assert "$gtee" in problems(expecting("{revision: {$gtee: 2}}"))[0]
    assert "has no key vaules" in problems(expecting("{vaules: {}}"))[0]
