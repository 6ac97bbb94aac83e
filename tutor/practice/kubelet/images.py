"""Images on a node: whether they are there, pulling them, and backing off.

https://kubernetes.io/docs/concepts/containers/images/ ; the words are those of `pkg/kubelet/images`.
"""

from __future__ import annotations

from collections.abc import Callable

from tutor.practice.clock import Clock
from tutor.practice.containers.images import Image, reference_fault
from tutor.practice.kubelet.container import Container
from tutor.practice.kubelet.runtime import Runtime

Tell = Callable[[str, str, str], None]
"""Records an Event about the container: (type, reason, message)."""
PULL_SECONDS, CHECK_SECONDS = 0.25, 0.05
"""How long a pull takes, and one of an image that is there."""
FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0
SYNC = 12.0
"""Seconds after which a kubelet looks again at a container that does not start."""


class NotStarted(Exception):
    """A container cannot start now: its waiting state, and the seconds after which to try again."""

    def __init__(self, reason: str, message: str, again: float = SYNC) -> None:
        super().__init__(message)
        self.reason, self.message, self.again = reason, message, again


class Images:
    """The images of one node; `present` are the full names of those that need no pull."""

    def __init__(self, runtime: Runtime, clock: Clock, present: set[str]) -> None:
        self._runtime, self._clock, self.present = runtime, clock, present
        self._backoff: dict[Container, tuple[float, float]] = {}
        """Back-off in seconds, and when it is over."""

    async def ensure(self, container: Container, tell: Tell) -> Image:
        """Return the container's image, pulled if need be. Raises NotStarted."""
        reference, policy = container.spec["image"], container.spec.get("imagePullPolicy", "IfNotPresent")
        if fault := reference_fault(reference):
            text = f'Failed to apply default image tag "{reference}": couldn\'t parse image name "{reference}": {fault}'
            tell("Warning", "InspectFailed", text)
            tell("Warning", "Failed", "Error: InvalidImageName")
            raise NotStarted("InvalidImageName", text)
        image = self._runtime.find(reference)
        present = image if image and image.reference in self.present else None
        if policy == "Never" and not present:
            text = f'Container image "{reference}" is not present with pull policy of Never'
            tell("Warning", "ErrImageNeverPull", text)
            tell("Warning", "Failed", "Error: ErrImageNeverPull")
            raise NotStarted("ErrImageNeverPull", text)
        if present and policy != "Always":
            text = f'Container image "{reference}" already present on machine and can be accessed by the pod'
            tell("Normal", "Pulled", text)
            return present
        return await self._pull(container, reference, image, tell)

    async def _pull(self, container: Container, reference: str, image: Image | None, tell: Tell) -> Image:
        seconds, until = self._backoff.get(container, (0.0, 0.0))
        left = until - self._clock.monotonic()
        if left > 0:
            text = f'Back-off pulling image "{reference}"'
            tell("Normal", "BackOff", text)
            tell("Warning", "Failed", "Error: ImagePullBackOff")
            error = self._runtime.pull_error(reference)
            raise NotStarted("ImagePullBackOff", f"{text}: ErrImagePull: {error}", min(left, SYNC))
        tell("Normal", "Pulling", f'Pulling image "{reference}"')
        took = CHECK_SECONDS if image and image.reference in self.present else PULL_SECONDS
        await self._clock.sleep(took)
        if image is None:
            seconds = min(seconds * 2, LAST_BACKOFF) if seconds else FIRST_BACKOFF
            self._backoff[container] = (seconds, self._clock.monotonic() + seconds)
            error = self._runtime.pull_error(reference)
            tell("Warning", "Failed", f'Failed to pull image "{reference}": {error}')
            tell("Warning", "Failed", "Error: ErrImagePull")
            raise NotStarted("ErrImagePull", error, 1.5)
        self._backoff.pop(container, None)
        self.present.add(image.reference)
        time = f"{round(took * 1000)}ms"
        text = f'Successfully pulled image "{reference}" in {time} ({time} including waiting). '
        tell("Normal", "Pulled", f"{text}Image size: {image.size} bytes.")
        return image
