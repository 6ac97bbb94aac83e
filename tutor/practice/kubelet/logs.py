"""Reading a container's log.

https://kubernetes.io/docs/concepts/cluster-administration/logging/
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tutor.practice.api import causes, errors
from tutor.practice.api.errors import Cause
from tutor.practice.clock import Clock, parse_stamp
from tutor.practice.kubelet.container import Container, Log

PULLING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What of a log is wanted, as `PodLogOptions` says it."""

    previous: bool = False
    follow: bool = False
    tail: int | None = None
    """Lines at the end."""
    since_seconds: int | None = None
    since_time: str = ""
    timestamps: bool = False
    limit_bytes: int | None = None

    def check(self, pod: str) -> None:
        """Raise ApiError where the options are wrong."""
        found: list[Cause] = []
        if self.tail is not None and self.tail < 0:
            found.append(causes.invalid("tailLines", self.tail, "must be greater than or equal to 0"))
        if self.limit_bytes is not None and self.limit_bytes < 1:
            found.append(causes.invalid("limitBytes", self.limit_bytes, "must be greater than 0"))
        if self.since_seconds is not None and self.since_time:
            found.append(causes.forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
        elif self.since_seconds is not None and self.since_seconds < 1:
            found.append(causes.invalid("sinceSeconds", self.since_seconds, "must be greater than 0"))
        if found:
            raise errors.invalid("PodLogOptions", "", pod, found)

    def since(self, clock: Clock) -> datetime | None:
        """Return the time that the log is wanted from. Raises ApiError."""
        if self.since_seconds is not None:
            return clock.now() - timedelta(seconds=self.since_seconds)
        try:
            return parse_stamp(self.since_time) if self.since_time else None
        except ValueError as error:
            text = f'parsing time "{self.since_time}" as "2006-01-02T15:04:05Z07:00": cannot parse'
            raise errors.bad_request(f'{text} "{self.since_time}" as "2006"') from error


def chosen(container: Container, pod: str, *, previous: bool) -> Log:
    """Return the log of the attempt that is meant. Raises ApiError where there is none (yet)."""
    name = f'container "{container.name}" in pod "{pod}"'
    last = container.last
    if container.waiting and container.current and container.current.terminated:
        last = container.current
    if previous:
        if not last or not last.terminated:
            raise errors.bad_request(f"previous terminated {name} not found")
        return last.log
    if container.current:
        return container.current.log
    reason = container.waiting[0] if container.waiting else "ContainerCreating"
    raise errors.bad_request(f"{name} is waiting to start: {PULLING.get(reason, reason)}")


async def read(log: Log, options: Options, since: datetime | None) -> AsyncIterator[bytes]:
    """Yield the lines, and with `follow` those that come, until the container ends."""
    left = options.limit_bytes
    lines = [each for each in log.lines if since is None or each[0] >= since]
    if options.tail is not None:
        lines = lines[len(lines) - options.tail :] if options.tail else []
    at = log.dropped + len(log.lines)
    news = log.listen()
    try:
        while True:
            data = b"".join(_line(when, line, timestamps=options.timestamps) for when, line in lines)
            if left is not None:
                data, left = data[:left], left - len(data)
            if data:
                yield data
            if not options.follow or (left is not None and left <= 0):
                return
            if at == log.dropped + len(log.lines):
                if log.closed:
                    return
                await news.wait()
            news.clear()
            at = max(at, log.dropped)
            lines = list(log.lines)[at - log.dropped :]
            at += len(lines)
    finally:
        log.unlisten(news)


def _line(when: datetime, line: bytes, *, timestamps: bool) -> bytes:
    return f"{when:%Y-%m-%dT%H:%M:%S.%f}000Z ".encode() + line if timestamps else line
