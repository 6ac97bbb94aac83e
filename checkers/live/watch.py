"""Watches on the kinds that checks read: a change in the cluster is told within milliseconds.

Only metadata is asked for, as a change matters here, not what it holds. Source:
https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import msgspec

from checkers.live.client import Client, Reply, forbidden
from checkers.live.discovery import Discovery, Resource
from checkers.live.hidden import is_probe
from checkers.live.world import LiveWorld
from checkers.words import say
from checkers.world import Kind

if TYPE_CHECKING:
    import urllib3

WATCH_SECONDS = 30
"""The server ends a watch then, and a new one goes on from where it was; a frozen node shows by its silence."""
UNKNOWN_SECONDS = 2.0
"""How often a kind that the cluster does not know yet is asked for."""
BACK_OFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
LIST_AS = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
WATCH_AS = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"


class Watcher:
    """Tells which kinds changed. Callbacks come from several threads, one at a time, and none after `stop`.

    `kinds` are watched in `namespaces`, and cluster-wide where a kind has no namespace. `on_change`
    gets the kinds that changed; the tutor's own probes do not count. `on_lost` gets a sentence, once,
    when the cluster cannot be watched any more; the watcher goes on trying, and calls `on_found`
    and `on_change` when it is back.
    """

    def __init__(
        self,
        world: LiveWorld,
        kinds: Collection[Kind],
        namespaces: Collection[str],
        on_change: Callable[[frozenset[Kind]], None],
        on_lost: Callable[[str], None] = lambda _: None,
        on_found: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_change, self._on_lost, self._on_found = on_change, on_lost, on_found
        self._stopped = threading.Event()
        self._lock = threading.RLock()  # a callback may call `stop`
        self._broken: set[_Stream] = set()
        self._streams = [
            _Stream(world.client, world.discovery, kind, where, self, first=number == 0)
            for kind in sorted(kinds)
            for number, where in enumerate(namespaces)
        ]

    def start(self) -> None:
        """Start watching; returns at once."""
        for stream in self._streams:
            stream.start()

    def stop(self) -> None:
        """Stop watching and wait until its threads have ended, two seconds at the most."""
        self._stopped.set()
        for stream in self._streams:
            stream.close()
        deadline = time.monotonic() + 2.0
        for stream in self._streams:
            if stream is not threading.current_thread():
                stream.join(max(0.0, deadline - time.monotonic()))

    def wait(self, seconds: float) -> bool:
        """Sleep; True when the watcher was stopped meanwhile."""
        return self._stopped.wait(seconds)

    @property
    def stopped(self) -> bool:
        """True once `stop` was called."""
        return self._stopped.is_set()

    def changed(self, kind: Kind) -> None:
        """Pass on that something of `kind` changed."""
        with self._lock:
            if not self.stopped:
                self._on_change(frozenset({kind}))

    def broken(self, stream: _Stream, message: str) -> None:
        """Note that `stream` cannot watch; the first of several tells."""
        with self._lock:
            first = not self._broken
            self._broken.add(stream)
            if first and not self.stopped:
                self._on_lost(message)

    def mended(self, stream: _Stream) -> None:
        """Note that `stream` watches again; the last of several tells."""
        with self._lock:
            if stream in self._broken:
                self._broken.discard(stream)
                if not self._broken and not self.stopped:
                    self._on_found()


class _Stream(threading.Thread):
    """The watch on one kind in one namespace."""

    def __init__(
        self, client: Client, discovery: Discovery, kind: Kind, namespace: str, owner: Watcher, *, first: bool
    ) -> None:
        super().__init__(name=f"watch-{kind.kind}-{namespace}", daemon=True)
        self._client, self._discovery = client, discovery
        self._kind, self._namespace, self._owner, self._first = kind, namespace, owner, first
        self._response: urllib3.BaseHTTPResponse | None = None
        self._version = ""

    def close(self) -> None:
        """Break a read under way, from another thread."""
        response = self._response
        if response is not None:
            with contextlib.suppress(Exception):  # it may end by itself at the same moment
                response.shutdown()

    def run(self) -> None:
        """Watch until the owner stops, over every kind of break."""
        failures = 0
        listed_before = False
        while not self._owner.stopped:
            try:
                resource = self._discovery.find(self._kind)
                if resource is None:
                    self._owner.wait(UNKNOWN_SECONDS)
                    listed_before = True  # its coming is a change
                    continue
                if not resource.namespaced and not self._first:
                    return  # another stream watches all of the cluster
                if not self._version:
                    self._version = self._list(resource)
                    self._owner.mended(self)
                    if listed_before:
                        self._owner.changed(self._kind)  # whatever happened meanwhile
                    listed_before = True
                self._watch(resource)
                failures = 0
            except Exception as error:  # noqa: BLE001 - a watch that dies in silence is worse than any message
                self._version = ""
                if self._owner.stopped:
                    return
                if failures:  # once is a connection that ended; twice is a cluster that is gone
                    self._owner.broken(self, str(error))
                self._owner.wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
                failures += 1

    def _list(self, resource: Resource) -> str:
        """Return the version from which a watch misses nothing."""
        path = resource.path(self._namespace)
        reply = self._client.request("GET", path, query={"limit": "1"}, headers={"Accept": LIST_AS})
        if reply.status != 200:
            raise forbidden(reply, say("watch {what}", what=resource.spoken))
        return str(reply.data["metadata"]["resourceVersion"])

    def _watch(self, resource: Resource) -> None:
        """Read changes until the server ends the watch; `_version` is then where to go on, "" for a new list."""
        query = {
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        headers = {"Accept": WATCH_AS}
        path = resource.path(self._namespace)
        response = self._client.open("GET", path, query=query, headers=headers, timeout=WATCH_SECONDS + 5)
        try:
            if response.status == 410:
                self._version = ""
                return
            if response.status != 200:
                raise forbidden(Reply(response.status, response.data), say("watch {what}", what=resource.spoken))
            self._response = response
            if not self._owner.stopped:
                for line in response:
                    self._take(line)
        finally:
            self._response = None
            response.close()

    def _take(self, line: bytes) -> None:
        event: dict[str, Any] = msgspec.json.decode(line)
        if event["type"] == "ERROR":  # as a rule 410: the version is too old
            raise ConnectionResetError(str(event["object"].get("message")))
        self._version = event["object"]["metadata"]["resourceVersion"]
        if event["type"] != "BOOKMARK" and not is_probe(event["object"]):
            self._owner.changed(self._kind)
