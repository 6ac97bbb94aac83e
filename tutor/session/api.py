"""What a session changes in a cluster by itself: plain requests, refusals as errors for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from checkers.live.client import Client, Reply
from checkers.words import say
from checkers.world import LookError, Obj
from tutor.cancel import Cancel
from tutor.errors import TutorError

EXERCISE = "kubetutor.dev/exercise"
"""Label: the exercise that an object belongs to."""
TUTOR = "kubetutor.dev/tutor"
"""Label: whose tutor made it, for clusters that several learners share."""
POLL_SECONDS = 0.2
MERGE = {"Content-Type": "application/merge-patch+json"}
METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"}
GROUPS = {
    "Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
}


@dataclass(frozen=True, order=True)
class Scope:
    """A kind of cluster-scoped objects that can be listed and deleted."""

    group: str
    kind: str
    path: str
    """Of the collection, as `/apis/rbac.authorization.k8s.io/v1/clusterroles`."""


@contextmanager
def reaching() -> Iterator[None]:
    """Turn a LookError, which checks raise, into the TutorError of a session."""
    try:
        yield
    except LookError as error:
        raise TutorError(say("The cluster could not be reached."), str(error), error.hint) from error


def ask(client: Client, method: str, path: str, what: str, **options: Any) -> Reply:
    """Send a request; 404 is an answer. Raises TutorError, naming `what` was tried, for every other refusal."""
    with reaching():
        reply = client.request(method, path, **options)
    if reply.status >= 400 and reply.status != 404:
        raise TutorError(
            say("The cluster refused to {what}.", what=what),
            reply.message,
            say("See what your account may do: kubectl auth can-i --list"),
        )
    return reply


def items(client: Client, path: str, selector: str = "") -> list[Obj]:
    """Return the metadata of the objects of a collection."""
    query = {"labelSelector": selector} if selector else None
    reply = ask(client, "GET", path, say("list {what}", what=path), query=query, headers=METADATA)
    return list((reply.data or {}).get("items") or []) if reply.status == 200 else []


def delete(client: Client, path: str, grace: int | None = None) -> None:
    """Delete an object, or all objects of a collection; what is gone already is fine."""
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
    options = body if grace is None else body | {"gracePeriodSeconds": grace}
    ask(client, "DELETE", path, say("delete {what}", what=path), body=options)


def under(collection: str, name: str) -> str:
    """Return the path of one object of a collection."""
    return f"{collection}/{quote(name, safe='')}"


def scopes(client: Client) -> list[Scope]:
    """Return the kinds of cluster-scoped objects that this cluster serves, each in its preferred version.

    Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
    """
    found = []
    for root in ("/api", "/apis"):
        reply = ask(client, "GET", root, say("list {what}", what=root), headers=GROUPS)
        for group in (reply.data or {}).get("items") or []:
            name = (group["metadata"] or {}).get("name", "")
            version = group["versions"][0]
            prefix = f"{root}/{name}/{version['version']}" if name else f"{root}/{version['version']}"
            found += [
                Scope(name, each["responseKind"]["kind"], f"{prefix}/{each['resource']}")
                for each in version.get("resources") or []
                if each["scope"] == "Cluster" and {"list", "delete"} <= set(each["verbs"])
            ]
    return sorted(found)


def until(done: Callable[[], bool], seconds: float, cancel: Cancel) -> bool:
    """Ask `done` again and again until it is true; False when `seconds` are over. Raises Cancelled."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline:
            return False
        cancel.wait(POLL_SECONDS)
    return True
