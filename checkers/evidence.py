"""Evidence: events and log lines that show a cause, and when something was last touched."""

from __future__ import annotations

from collections.abc import Iterable

from checkers.words import say
from checkers.world import Kind, LookError, Obj, World

EVENT = Kind("v1", "Event")
_SECONDS = len("2026-01-01T00:00:00")


def events_of(world: World, obj: Obj) -> list[Obj]:
    """Return the events about `obj`, the newest first."""
    meta = obj["metadata"]
    about = [
        event
        for event in world.list(EVENT, meta.get("namespace") or "default")
        if _about(event, obj.get("kind", ""), meta)
    ]
    return sorted(about, key=event_time, reverse=True)


def _about(event: Obj, kind: str, meta: Obj) -> bool:
    target = event.get("involvedObject") or {}
    if meta.get("uid") and target.get("uid"):
        return bool(target["uid"] == meta["uid"])
    return bool(target.get("kind") == kind and target.get("name") == meta.get("name"))


def event_time(event: Obj) -> str:
    """Return when the event was last seen, to the second, as text that sorts by time."""
    series = event.get("series") or {}
    last = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(last or event["metadata"].get("creationTimestamp") or "")[:_SECONDS]


def event_text(event: Obj) -> str:
    """Return the event as a sentence."""
    target = event.get("involvedObject") or {}
    return say(
        "Event of {kind} {name}: {reason}: {message}",
        kind=target.get("kind", ""),
        name=target.get("name", ""),
        reason=event.get("reason", ""),
        message=one_line(event.get("message")),
    ).rstrip()


def first_event(world: World, obj: Obj, reasons: Iterable[str], containing: str = "") -> Obj | None:
    """Return the newest event about `obj` with one of these reasons and these words in its message."""
    wanted = frozenset(reasons)
    return next(
        (
            event
            for event in events_of(world, obj)
            if event.get("reason") in wanted and containing in str(event.get("message") or "")
        ),
        None,
    )


def last_log_line(world: World, pod: Obj, container: str, *, previous: bool) -> str:
    """Return the last line that the container wrote, as a sentence; "" when there is none."""
    meta = pod["metadata"]
    try:
        text = world.logs(meta["name"], container, meta.get("namespace"), previous=previous, lines=20)
    except LookError:
        return ""  # a container that never ran has no log; the cause stands without it
    lines = [line for line in text.splitlines() if line.strip()]
    return say("Last log line of container {name}: {line}", name=container, line=one_line(lines[-1])) if lines else ""


def one_line(text: object, width: int = 240) -> str:
    """Return `text` on one line without control characters, shortened."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text or "")).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def touched(obj: Obj, *, status: bool = False) -> str:
    """Return when somebody last wrote to `obj`, to the second; its status counts only when asked for."""
    meta = obj["metadata"]
    times = [
        str(entry.get("time") or "")
        for entry in meta.get("managedFields") or []
        if status or entry.get("subresource") != "status"
    ]
    return max([*times, str(meta.get("creationTimestamp") or "")])[:_SECONDS]
