"""What most verbs begin with: the tutor, the exercise under way, and slow work that can be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from checkers.words import say
from tutor.cli.out import ask, note
from tutor.cli.parser import Options
from tutor.cli.stages import Stages, stoppable
from tutor.clusters.context import ContextProvider
from tutor.errors import TutorError
from tutor.paths import data_dir
from tutor.session.attempt import Attempt
from tutor.session.events import Event, Listener, Staged
from tutor.session.tutor import Tutor

PATIENCE = 3.0
"""Seconds that taking up an exercise may take in silence: its cluster is up, as a rule."""


@contextmanager
def tutoring(options: Options) -> Iterator[Tutor]:
    """Open the tutor with the provider that the command line chose; close it in any case."""
    tutor = Tutor.open(provider="context" if options.context else options.provider, context=options.context)
    try:
        yield tutor
    finally:
        tutor.close()


def agree_on_context(options: Options) -> None:
    """Ask before a cluster that the tutor did not make is used for the first time; `--yes` answers.

    Raises TutorError when the answer is no, or when there is no such context.
    """
    if not options.context:
        return
    provider = ContextProvider(data_dir(), options.context)
    if provider.confirmed:
        return
    info = provider.describe()
    note(say("The tutor will make and remove namespaces, and what exercises need, in this cluster:"))
    note(say("  context {context}", context=info.context))
    note(say("  server  {server}", server=info.server))
    note(say("  user    {user}", user=info.user))
    if not options.yes and not ask(say("Is that right?")):
        raise TutorError(say("Nothing was changed."), hint=say("Without --context, exercises run on kind clusters."))
    provider.confirm()


@contextmanager
def under_way(options: Options) -> Iterator[Attempt]:
    """Take up the exercise under way; shows stages when its cluster must come up first."""
    with tutoring(options) as tutor:
        with Stages(patience=PATIENCE) as stages, stoppable() as cancel:
            attempt = tutor.resume(stages_only(stages), cancel)
        tell_if_simulated(tutor)
        yield attempt


def tell_if_simulated(tutor: Tutor) -> None:
    """Say that the exercise runs on a practice cluster, where it does: nobody shall take it for Kubernetes."""
    if tutor.simulated:
        note(say("practice cluster: simulated, no containers run"), "yellow")


def stages_only(stages: Stages) -> Listener:
    """Return a listener that shows the stages of slow work and lets other events pass."""

    def listen(event: Event) -> None:
        if isinstance(event, Staged):
            stages.report(event.stage)

    return listen
