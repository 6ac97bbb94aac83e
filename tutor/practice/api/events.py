"""Recording Events, as client-go's recorder does: the same one again counts up instead of piling up."""

from __future__ import annotations

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.clock import stamp

SIMILAR, SIMILAR_SECONDS = 10, 600.0
"""After so many different messages in so many seconds, an object's next ones become one Event."""
COMBINED = "(combined from similar events): "
REMEMBERED = 4096


class Recorder:
    """Writes Events for one component, as `kubelet` (with a host) or `deployment-controller`."""

    def __init__(self, api: Api, component: str, host: str = "") -> None:
        self._api, self._component, self._host = api, component, host
        self._numbers: dict[str, int] = {}
        """What tells Events apart, and the number in their names."""
        self._similar: dict[str, tuple[float, set[str]]] = {}
        """By object, type and reason: since when, and which messages."""

    def record(self, about: Obj, kind: str, reason: str, message: str, *, field_path: str = "") -> None:
        """Record an Event of `kind` (`Normal` or `Warning`) about an object.

        `field_path` is the container, as `spec.containers{web}`. Where the namespace is gone, nothing happens.
        """
        meta = about["metadata"]
        namespace = meta.get("namespace") or "default"
        involved = {
            "kind": about["kind"],
            "namespace": meta.get("namespace"),
            "name": meta["name"],
            "uid": meta.get("uid"),
            "apiVersion": about["apiVersion"],
            "resourceVersion": meta.get("resourceVersion"),
            "fieldPath": field_path,
        }
        involved = {key: value for key, value in involved.items() if value}
        now = stamp(self._api.clock.now())
        key = f"{meta.get('uid')}{kind}{reason}{field_path}{self._component}{self._host}"
        if self._too_many(key, message):
            message = f"{COMBINED}{message}"
        else:
            key += message
        name = f"{meta['name']}.{self._number(key):x}"
        source = {"component": self._component} | ({"host": self._host} if self._host else {})
        try:
            if self._api.store.get("events", namespace, name):
                self._api.change("events", namespace, name, lambda old: _again(old, now, message))
                return
            event = {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": involved,
                "reason": reason,
                "message": message,
                "source": source,
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
                "type": kind,
                "eventTime": None,
                "reportingComponent": self._component,
                "reportingInstance": self._host,
            }
            self._api.create("events", event, owned=False)
        except ApiError as error:
            if error.code not in (403, 404):
                raise

    def _number(self, key: str) -> int:
        """Return the nanosecond at which an Event was first recorded: names are in the order of time."""
        if key not in self._numbers:
            if len(self._numbers) > REMEMBERED:
                self._numbers.clear()
            # The revision keeps those apart that fall into one tick of the clock.
            self._numbers[key] = int(self._api.clock.now().timestamp() * 1e9) + self._api.store.revision
        return self._numbers[key]

    def _too_many(self, key: str, message: str) -> bool:
        """Tell whether an object has had more different messages of a kind than are kept apart."""
        now = self._api.clock.monotonic()
        since, messages = self._similar.get(key, (now, set()))
        if now - since > SIMILAR_SECONDS:
            since, messages = now, set()
        if len(self._similar) > REMEMBERED:
            self._similar.clear()
        messages.add(message)
        self._similar[key] = since, messages
        return len(messages) > SIMILAR


def _again(event: Obj, now: str, message: str) -> Obj:
    return {**event, "count": (event.get("count") or 1) + 1, "lastTimestamp": now, "message": message}
