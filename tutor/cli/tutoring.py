"""What most verbs begin with: the tutor, the exercise under way, and slow work that can be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tutor.cli.parser import Options
from tutor.cli.stages import Stages, stoppable
from tutor.session.attempt import Attempt
from tutor.session.events import Event, Listener, Staged
from tutor.session.tutor import Tutor


@contextmanager
def tutoring(options: Options) -> Iterator[Tutor]:
    """Open the tutor with the provider that the command line chose; close it in any case."""
    tutor = Tutor.open(provider="context" if options.context else options.provider, context=options.context)
    try:
        yield tutor
    finally:
        tutor.close()


@contextmanager
def under_way(options: Options) -> Iterator[Attempt]:
    """Take up the exercise under way; shows stages when its cluster must come up first."""
    with tutoring(options) as tutor:
        with Stages() as stages, stoppable() as cancel:
            attempt = tutor.resume(stages_only(stages), cancel)
        yield attempt


def stages_only(stages: Stages) -> Listener:
    """Return a listener that shows the stages of slow work and lets other events pass."""

    def listen(event: Event) -> None:
        if isinstance(event, Staged):
            stages.report(event.stage)

    return listen
