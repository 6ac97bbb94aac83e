"""Labels, taints and cordons of nodes: what an exercise sets, and how they are put back."""

from __future__ import annotations

from typing import Any

from checkers.live.client import Client
from checkers.words import say
from checkers.world import LookError, Nodes, Obj
from tutor.course.model import NodeAction
from tutor.errors import TutorError
from tutor.session.api import MERGE, ask, reaching, under
from tutor.session.records import NodeBefore

NODES = "/api/v1/nodes"
OWN_TAINTS = "node.kubernetes.io/"
"""Taints that the cluster itself sets and takes away, by a node's conditions. Source:
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions."""
COMMAND_SECONDS = 60.0


def read_nodes(client: Client) -> dict[str, NodeBefore]:
    """Return what an exercise may change about each node."""
    reply = ask(client, "GET", NODES, say("list {what}", what="nodes"))
    return {each["metadata"]["name"]: _state(each) for each in (reply.data or {}).get("items") or []}


def put_back(client: Client, before: dict[str, NodeBefore]) -> None:
    """Put labels, taints and cordons back to what they were. Nodes that came or went since are left alone."""
    now = read_nodes(client)
    for name in sorted(before.keys() & now.keys()):
        was, is_ = before[name], now[name]
        if was.uid != is_.uid:
            continue
        patch: dict[str, Any] = {}
        if was.labels != is_.labels:
            gone = dict.fromkeys(is_.labels.keys() - was.labels.keys())
            patch["metadata"] = {"labels": gone | was.labels}
        if was.taints != is_.taints or was.unschedulable != is_.unschedulable:
            patch["spec"] = {"taints": _kept(client, name) + was.taints, "unschedulable": was.unschedulable or None}
        if patch:
            _patch(client, name, patch)


def act(client: Client, nodes: Nodes | None, action: NodeAction) -> None:
    """Do what an exercise's set-up asks for on a node. Raises TutorError when that is impossible."""
    name = find(nodes, action)
    if action.labels or action.taints:
        node = ask(client, "GET", under(NODES, name), say("read {what}", what=name)).data or {}
        wanted = [_taint(text) for text in action.taints]
        same = {(taint["key"], taint["effect"]) for taint in wanted}
        others = [t for t in (node.get("spec") or {}).get("taints") or [] if (t["key"], t["effect"]) not in same]
        patch: dict[str, Any] = {"metadata": {"labels": dict(action.labels)}}
        if wanted:
            patch["spec"] = {"taints": others + wanted}
        _patch(client, name, patch)
    if action.run:
        run(nodes, action, action.run)


def run(nodes: Nodes | None, action: NodeAction, argv: tuple[str, ...]) -> None:
    """Run a command on the action's node. Raises TutorError when it fails."""
    name = find(nodes, action)
    assert nodes is not None  # noqa: S101 - `find` has seen to it
    with reaching():
        ran = nodes.run(name, argv, COMMAND_SECONDS)
    if ran.code:
        raise TutorError(
            say("A command on the node {node} failed.", node=name),
            say(
                "{command} ended with {code}: {words}", command=" ".join(argv), code=ran.code, words=ran.stderr.strip()
            ),
            say("See whether the node runs: kubetutor cluster status"),
        )


def find(nodes: Nodes | None, action: NodeAction) -> str:
    """Return the name of the action's node. Raises TutorError where there is none."""
    try:
        names = list(nodes.names(action.role)) if nodes else []
    except LookError as error:
        raise TutorError(say("The cluster's nodes could not be listed."), str(error), error.hint) from error
    if action.index >= len(names):
        raise TutorError(
            say("This cluster has not the nodes that the exercise needs."),
            say("It asks for node {number} with the role {role}.", number=action.index + 1, role=action.role),
            say("Take the cluster down and begin again: kubetutor cluster down --all"),
        )
    return names[action.index]


def _state(node: Obj) -> NodeBefore:
    spec = node.get("spec") or {}
    taints = [taint for taint in spec.get("taints") or [] if not taint["key"].startswith(OWN_TAINTS)]
    labels = node["metadata"].get("labels") or {}
    return NodeBefore(
        uid=node["metadata"]["uid"], labels=labels, taints=taints, unschedulable=bool(spec.get("unschedulable"))
    )


def _kept(client: Client, name: str) -> list[dict[str, Any]]:
    """Return the taints that the cluster itself has set, but for the cordon's: that one follows `unschedulable`."""
    node = ask(client, "GET", under(NODES, name), say("read {what}", what=name)).data or {}
    taints = (node.get("spec") or {}).get("taints") or []
    return [t for t in taints if t["key"].startswith(OWN_TAINTS) and t["key"] != f"{OWN_TAINTS}unschedulable"]


def _patch(client: Client, name: str, patch: dict[str, Any]) -> None:
    ask(client, "PATCH", under(NODES, name), say("change node {node}", node=name), body=patch, headers=MERGE)


def _taint(text: str) -> dict[str, str]:
    """Return the taint that kubectl writes as `key=value:Effect` or `key:Effect`."""
    left, _, effect = text.rpartition(":")
    key, _, value = left.partition("=")
    return {"key": key, "effect": effect} | ({"value": value} if value else {})
