"""`helm`: a release, as Helm itself remembers it."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import msgspec

from checkers import helm_release
from checkers.check import CheckType, Tree
from checkers.describe import asked, found, value_text
from checkers.evidence import one_line
from checkers.helm_release import Release
from checkers.match import Clash, Difference, match, path_text
from checkers.near import near_field
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say
from checkers.world import Kind, World

Text: TypeAlias = str | Tree


class HelmRelease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which release; `namespace` None is the exercise's own."""

    release: str
    namespace: str | None = None


class HelmExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is expected of the newest revision; every value may be an operator.

    `values` are the user's own (`helm get values`), `computed` those that the templates saw
    (`helm get values --all`); both match partially. `history` is a list of revisions, each with
    the same names, the oldest first: `history: {$length: {$gte: 2}}`, `history: [{status: failed}]`.
    """

    status: Text = "deployed"
    revision: int | Tree | None = None
    chart: Text | None = None
    version: Text | None = None
    app_version: Text | None = None
    description: Text | None = None
    values: Tree | None = None
    computed: Tree | None = None
    history: list[Tree] | Tree | None = None


class HelmCheck(CheckType, frozen=True, kw_only=True):
    """A Helm release is there, in a given state and with given values.

        helm: {release: corner}
        expect: {revision: {$gte: 2}, chart: cafe, values: {image: {tag: "1.29"}}}

    The status must be `deployed` unless `status` says otherwise.
    """

    key: ClassVar[str] = "helm"
    helm: HelmRelease
    expect: HelmExpect = HelmExpect()

    def reads(self) -> frozenset[Kind]:
        """Secrets: Helm keeps its releases there."""
        return frozenset({helm_release.SECRET})

    def problems(self) -> list[str]:
        """Check the operators."""
        return list(tree_problems(self._tree()))

    def look(self, world: World) -> Verdict:
        """Open the newest revision and say how it differs."""
        kept = helm_release.revisions(world, self.helm.release, self.helm.namespace)
        if not kept:
            return self._missing(world)
        newest = kept[-1]
        view = newest.view() | {"history": [each.view() for each in kept]}
        differences = sorted(match(self._tree(), view), key=lambda each: each.path[:1] != ("status",))
        if not differences:
            return Verdict(ok=True, found=self._state(newest))
        first = differences[0]
        state = first.path[:1] == ("status",)
        subject = say("release {name}", name=newest.name)
        return Verdict(
            ok=False,
            # Read aloud: what Helm says of the state comes before single values.
            found=self._state(newest) if state else found(differences, subject),
            asked=asked(differences, subject),
            near="" if state else self._near(first, kept),
            evidence=say("Helm says: {words}", words=one_line(newest.description))
            if state and newest.description
            else "",
            look=self._look(world, first),
            path=first.where,
            healing=newest.status in helm_release.PENDING,
        )

    def _tree(self) -> Tree:
        tree: Tree = {"status": self.expect.status, **msgspec.to_builtins(self.expect)}
        return tree

    def _state(self, release: Release) -> str:
        return say(
            "Release {name} is {status}: revision {revision}, chart {chart} {version}.",
            name=release.name,
            status=release.status,
            revision=release.revision,
            chart=release.chart,
            version=release.version,
        )

    def _missing(self, world: World) -> Verdict:
        name, space = self.helm.release, self.helm.namespace or world.namespace
        here = helm_release.names(world, self.helm.namespace)
        near = ""
        if elsewhere := sorted(helm_release.names(world, "*").get(name, set()) - {space}):
            near = say("There is a release {name} in namespace {other}.", name=name, other=elsewhere[0])
        elif close := did_you_mean(name, here):
            near = say("There is a release called {close}.", close=close)
        elif here:
            near = say("Releases in this namespace: {names}.", names=", ".join(sorted(here)))
        return Verdict(
            ok=False,
            found=say("There is no release {name} in namespace {namespace}.", name=name, namespace=space),
            asked=say("Release {name} is installed in namespace {namespace}.", name=name, namespace=space),
            near=near,
            look="helm list --all-namespaces",
        )

    def _near(self, difference: Difference, kept: list[Release]) -> str:
        newest = kept[-1]
        if difference.path[:1] == ("values",):
            return (
                _unread(newest, kept)
                or _earlier(difference, kept)
                or _default(difference, newest)
                or near_field(difference, {"values": newest.values})
            )
        return near_field(difference, newest.view())

    def _look(self, world: World, difference: Difference) -> str:
        name = self.helm.release
        command = {
            "values": f"helm get values {name}",
            "computed": f"helm get values {name} --all",
            "history": f"helm history {name}",
            "revision": f"helm history {name}",
        }.get(str(difference.path[0]) if difference.path else "", f"helm status {name}")
        elsewhere = self.helm.namespace not in (None, world.namespace)
        return f"{command} -n {self.helm.namespace}" if elsewhere else command


def _unread(release: Release, kept: list[Release]) -> str:
    """A value of the user's that the chart's values.yaml does not have: it changes nothing."""
    # `--reuse-values` writes the user's old values among the chart's own, so the oldest record tells best.
    same = (each for each in kept if (each.chart, each.version) == (release.chart, release.version))
    defaults = next(same, release).defaults
    for key, value in _leaves(release.values):
        if key[0] not in release.subcharts | {"global"} and not _known(defaults, key):
            return say(
                "{path} is given ({value}), but the values.yaml of chart {chart} has no {path}.",
                path=path_text(key),
                value=value_text(value),
                chart=release.chart,
            )
    return ""


def _earlier(difference: Difference, kept: list[Release]) -> str:
    """The same value in an earlier revision: an upgrade that forgot it."""
    path, newest = difference.path[1:], kept[-1]
    for release in reversed(kept[:-1]):
        value: Any = _at(release.values, path)
        if value is not None and not match(difference.expected, value):
            return say(
                "Revision {earlier} was given {path}: {value}; revision {newest} was not.",
                earlier=release.revision,
                path=path_text(path),
                value=value_text(value),
                newest=newest.revision,
            )
    return ""


def _default(difference: Difference, release: Release) -> str:
    """The chart's own value, where the user gave none."""
    value = _at(release.defaults, difference.path[1:])
    if difference.clash is not Clash.MISSING or value is None or isinstance(value, dict | list):
        return ""
    path = path_text(difference.path[1:])
    return say("The chart's own value counts: {path}: {value}.", path=path, value=value_text(value))


def _leaves(values: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(values, dict) and values:
        return [leaf for key, below in values.items() for leaf in _leaves(below, (*path, str(key)))]
    return [(path, values)] if path else []


def _known(defaults: Any, path: tuple[str, ...]) -> bool:
    """Tell whether the chart names `path`; below an empty map or list anything may stand."""
    for step in path:
        if not isinstance(defaults, dict) or not defaults:
            return True
        if step not in defaults:
            return False
        defaults = defaults[step]
    return True


def _at(values: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        values = values.get(step) if isinstance(values, dict) else None
    return values
