"""The tutor itself: the course, what was done of it, the clusters, and the exercise under way."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Literal

from checkers.words import say
from tutor import paths
from tutor.cancel import Cancel
from tutor.clusters import docker
from tutor.clusters.base import Cluster, ClusterStatus, Provider
from tutor.clusters.context import ContextProvider
from tutor.clusters.kind.provider import KindProvider
from tutor.clusters.practice import PracticeProvider
from tutor.course.load import load_course
from tutor.course.model import Course, Exercise
from tutor.errors import TutorError
from tutor.session.attempt import Attempt
from tutor.session.events import Listener, Staged
from tutor.session.lifecycle import Lifecycle
from tutor.session.limits import refusal
from tutor.session.progress import ProgressStore

Choice = Literal["auto", "kind", "context", "practice"]
MakeProvider = Callable[[str, str], Provider]
"""Makes the provider of a name (`kind`, `context`, `practice`); the second is the learner's context, or empty."""


class Tutor:
    """What the app and the command line talk to. `home` is the data directory. Close it in the end."""

    def __init__(
        self, course: Course, home: Path, make_provider: MakeProvider, choice: Choice = "auto", context: str = ""
    ) -> None:
        self.course = course
        self.home = home
        self.progress = ProgressStore(home / "progress.json")
        self._make = make_provider
        self._choice: Choice = "context" if context else choice
        self._context = context
        self._attempt: Attempt | None = None

    @classmethod
    def open(cls, home: Path | None = None, provider: Choice = "auto", context: str | None = None) -> Tutor:
        """Load the course and the progress.

        `auto` is where the exercise under way runs, else kind where Docker answers, else the practice cluster.

        Raises TutorError, also for the provider `context` without the name of one.
        """
        place = home or paths.data_dir()

        def make(name: str, context: str) -> Provider:
            if name == "context":
                return ContextProvider(place, context)
            return PracticeProvider(place) if name == "practice" else KindProvider(place)

        if provider == "context" and not context:
            raise TutorError(
                say("Which cluster?"),
                say("The provider context needs the name of one of your kubeconfig's contexts."),
                say("List them: kubectl config get-contexts. Then: kubetutor --context NAME …"),
            )
        return cls(load_course(paths.content_dir()), place, make, provider, context or "")

    def current(self) -> str | None:
        """Return the id of the exercise under way."""
        record = self.progress.under_way
        return record.exercise if record else None

    def start(self, exercise_id: str, listen: Listener, cancel: Cancel) -> Attempt:
        """Set an exercise up, or take it up again where it is under way, mending what was lost meanwhile.

        Raises TutorError when another one is under way, Cancelled when stopped; nothing is left behind then.
        """
        exercise = self._exercise(exercise_id)
        record = self.progress.under_way
        if record and record.exercise != exercise_id:
            title = self._exercise(record.exercise).title if self.course.exercise(record.exercise) else record.exercise
            raise TutorError(
                say("Another exercise is under way: {title}.", title=title),
                say("One is done at a time."),
                say("Go on with it, or end it: kubetutor finish"),
            )
        life = self._life(exercise)
        if record:
            life.land(listen, cancel, mend=True)
        else:
            if refused := refusal(exercise, life.provider.name):
                raise refused
            life.begin(self._context if life.provider.name == "context" else "", listen, cancel)
        return self._hold(Attempt(life))

    def resume(self, listen: Listener, cancel: Cancel) -> Attempt:
        """Take up the exercise under way; a stopped cluster is started. Raises TutorError when there is none.

        Where its cluster or namespaces were deleted, they stay so until it is reset or started again.
        """
        record = self.progress.under_way
        if record is None:
            raise TutorError(say("No exercise is under way."), hint=say("Begin one: kubetutor start ID"))
        life = self._life(self._exercise(record.exercise))
        life.land(listen, cancel, mend=False)
        return self._hold(Attempt(life))

    @cached_property
    def _default(self) -> str:
        """The provider where nobody chose one. Asks Docker, which may take seconds."""
        return "kind" if docker.answers() else "practice"

    @property
    def simulated(self) -> bool:
        """Whether exercises run on the practice cluster, which every screen must say. May take seconds at first."""
        return self._provider().name == "practice"

    def refusals(self) -> dict[str, TutorError]:
        """Return the exercises that cannot run where exercises run now, by id, with what to say. May take seconds."""
        provider = self._provider().name
        found = {each.id: refusal(each, provider) for each in self.course.exercises}
        return {id: error for id, error in found.items() if error}

    def clusters(self) -> list[ClusterStatus]:
        """Return the clusters that the tutor knows of, up or not."""
        return [status for provider in self._providers() for status in provider.status()]

    def cluster_up(self, topology: str, listen: Listener, cancel: Cancel) -> Cluster:
        """Bring the cluster of a topology up ahead of time."""
        return self._provider().up(topology, (), lambda stage: listen(Staged(stage)), cancel)

    def cluster_down(self, topology: str, listen: Listener) -> bool:
        """Remove the cluster of a topology; False if there was none. An exercise on it stays under way, lost."""
        if self._attempt:
            self._attempt.close()
        gone = [provider.down(topology, lambda stage: listen(Staged(stage))) for provider in self._providers()]
        return any(gone)

    def close(self) -> None:
        """Let go of the cluster; an exercise stays under way."""
        if self._attempt:
            self._attempt.close()
            self._attempt = None

    def _exercise(self, id: str) -> Exercise:
        found = self.course.exercise(id)
        if found is None:
            raise TutorError(say("There is no exercise {id}.", id=id), hint=say("See them all: kubetutor list"))
        return found

    def _provider(self) -> Provider:
        """Return the provider that was chosen; without a choice the one of the exercise under way, else the default."""
        record = self.progress.under_way
        if self._choice == "auto" and record:
            return self._make(record.provider, record.context)
        return self._make(self._default if self._choice == "auto" else self._choice, self._context)

    def _providers(self) -> list[Provider]:
        """Return the chosen provider; without a choice all that may have clusters of ours here."""
        chosen = self._provider()
        if self._choice != "auto" or chosen.name == "context":
            return [chosen]
        others = ("kind", "practice") if self._default == "kind" else ("practice",)
        return [chosen, *(self._make(name, "") for name in others if name != chosen.name)]

    def _life(self, exercise: Exercise) -> Lifecycle:
        """Return the exercise's life, on the provider where it is under way, else on the chosen one."""
        self.close()
        record = self.progress.under_way
        provider = self._make(record.provider, record.context) if record else self._provider()
        return Lifecycle(exercise, provider, self.progress, self.home)

    def _hold(self, attempt: Attempt) -> Attempt:
        self._attempt = attempt
        return attempt
