"""The life of one exercise on a cluster: begun, taken up again, reset, finished, whatever happens in between."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from checkers.words import say
from checkers.world import LookError
from tutor.cancel import Cancel
from tutor.clusters.base import Provider, Report
from tutor.course.model import Exercise
from tutor.errors import TutorError
from tutor.session import losses, workspace
from tutor.session.cleanup import clean_up, unreachable
from tutor.session.events import Listener, Lost
from tutor.session.ground import Ground, images_of, known_cluster
from tutor.session.progress import ProgressStore
from tutor.session.records import Before, UnderWay
from tutor.session.saving import locked
from tutor.session.setup import look_before, make_namespaces, refuse_foreign, run_steps
from tutor.session.staging import Staging

LOCK_SECONDS = 1.0
"""Whoever sets up or cleans up does so for longer: no use in waiting."""
GATE_SECONDS = 0.2


class Lifecycle:
    """Where an exercise under way stands, and how it gets there. `home` is the tutor's data directory.

    Safe to use from many threads; `held` keeps the ground from changing. What is under way is in the progress
    file before anything changes in a cluster, so that a crash at any point can be cleaned up after.
    """

    def __init__(self, exercise: Exercise, provider: Provider, progress: ProgressStore, home: Path) -> None:
        self.exercise = exercise
        self.provider = provider
        self.progress = progress
        self.workspace = home / "work" / exercise.id
        self.folder = home / "session" / exercise.id
        """The files of the learner's shell."""
        self.ground: Ground | None = None
        """None while the cluster is gone."""
        self._lock_file = home / "session" / "under-way"
        self._gate = threading.RLock()

    @contextmanager
    def held(self, cancel: Cancel) -> Iterator[None]:
        """Keep the ground from changing. Raises Cancelled when stopped while another thread changes it."""
        while not self._gate.acquire(timeout=GATE_SECONDS):
            cancel.check()
        try:
            yield
        finally:
            self._gate.release()

    @property
    def record(self) -> UnderWay:
        """The progress file's record. Raises TutorError when the exercise was ended elsewhere."""
        record = self.progress.under_way
        if record is None or record.exercise != self.exercise.id:
            raise TutorError(
                say("{title} is not under way any more.", title=self.exercise.title),
                say("It was finished, maybe in another terminal."),
                say("Begin it again: kubetutor start {id}", id=self.exercise.id),
            )
        return record

    def standing(self) -> Ground:
        """Return the ground. Raises TutorError when the cluster is gone."""
        if self.ground is None:
            lost = losses.no_cluster(self.exercise.topology)
            raise TutorError(lost.message, hint=lost.hint)
        return self.ground

    def lost(self) -> Lost | None:
        """Return what went away under the exercise, None when all is there. Raises TutorError as `record` does."""
        record = self.record
        if self.ground is None:
            return losses.no_cluster(self.exercise.topology)
        if not record.ready:
            return None  # it is being set up elsewhere
        return losses.look(self.ground, self.provider, record.namespaces)

    def find_again(self) -> None:
        """Stand on the cluster again when it is back, maybe made anew by another tutor."""
        if self._state() == "ready":
            with suppress(TutorError):
                self._stand(lambda _: None, Cancel())

    def begin(self, context: str, listen: Listener, cancel: Cancel) -> None:
        """Set the exercise up for the first time. Whatever stops it, nothing is left behind."""
        with self._alone():
            if self.progress.under_way:
                raise TutorError(say("Another kubetutor has begun an exercise meanwhile."))
            staging = Staging(listen, 3)
            ground = self._stand(staging.forward, cancel)
            refuse_foreign(ground)
            now = time.time()
            record = UnderWay(
                exercise=self.exercise.id,
                provider=self.provider.name,
                context=context,
                topology=self.exercise.topology,
                started=now,
                seen=now,
                before=look_before(ground),
            )
            self.progress.begin(record)
            try:
                self._lay(record.before, staging, cancel)
                workspace.refill(self.exercise, self.workspace)
                self.progress.update(ready=True)
            except BaseException:
                self._withdraw(record.before)
                raise

    def land(self, listen: Listener, cancel: Cancel, *, mend: bool) -> None:
        """Take the exercise up again after a pause, a crash or a reboot; a stopped cluster is started.

        A set-up or clean-up that was cut short is done anew, and so is, with `mend`, what was lost. Without
        it, a cluster that is gone stays so: looking at the exercise says it.
        """
        with self.held(cancel):
            if self._stand_where_it_was():
                workspace.fill(self.exercise, self.workspace)
                return
            state = self._state()
            if state not in ("absent", "creating"):
                self._stand(Staging(listen, 0).forward, cancel)
                # What a stop took away was not the learner's doing.
                mend = mend or state != "ready" or not self.record.ready
            if mend and (self.ground is None or not self.record.ready or self.lost()):
                self.reset(listen, cancel)
            else:
                workspace.fill(self.exercise, self.workspace)

    def reset(self, listen: Listener, cancel: Cancel) -> None:
        """Put the exercise back to its start, on a new cluster where the old one is gone.

        When it is stopped or fails half-way, the exercise stays under way, and the next reset begins from there.
        """
        with self._alone():
            record = self.record
            self.progress.update(ready=False)
            staging = Staging(listen, 3)
            self._stand(staging.forward, cancel)
            self._lay(record.before, staging, cancel)
            workspace.refill(self.exercise, self.workspace)
            now = time.time()
            self.progress.begin(replace(self.record, started=now, seen=now, seconds=0.0, passed=False, ready=True))

    def finish(self, listen: Listener, cancel: Cancel) -> None:
        """End the exercise and remove what it made; where the cluster is gone, there is nothing to remove."""
        with self._alone():
            record = self.record
            self.progress.update(ready=False)
            if self.ground is not None:
                self._clear(record.before, Staging(listen, 1), cancel, for_good=True)
            self.progress.end()
            self.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the cluster; the exercise stays under way. Never raises."""
        with self._gate:
            if self.ground is not None:
                self.ground.close()
                self.ground = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other tutors, and other threads of this one, away. Raises TutorError when one is at work."""
        with self._gate, locked(self._lock_file, LOCK_SECONDS):
            yield

    def _stand(self, report: Report, cancel: Cancel) -> Ground:
        """Bring the cluster up and stand on it."""
        cluster = self.provider.up(self.exercise.topology, images_of(self.exercise), report, cancel)
        self.close()
        self.ground = Ground(self.exercise, cluster, self.progress.owner)
        return self.ground

    def _stand_where_it_was(self) -> bool:
        """Stand on the cluster that the exercise was set up on, when all is there still: a matter of milliseconds."""
        record = self.record
        cluster = known_cluster(record)
        if cluster is None or not record.ready:
            return False
        ground = Ground(self.exercise, cluster, self.progress.owner)
        with suppress(LookError):
            if losses.lost_namespace(ground, record.namespaces) is None:
                self.close()
                self.ground = ground
                return True
        ground.close()
        return False

    def _lay(self, before: Before, staging: Staging, cancel: Cancel) -> Before:
        """Clear the ground and set the exercise up; return how the ground was between the two."""
        ground = self.standing()
        self._clear(before, staging, cancel, for_good=False)
        before = look_before(ground)
        self.progress.update(before=before, cluster=ground.known)
        with staging.stage(say("Making namespaces")):
            self.progress.update(namespaces=make_namespaces(ground, cancel))
        with staging.stage(say("Setting the exercise up")) as tell:
            run_steps(ground, tell, cancel)
        return before

    def _clear(self, before: Before, staging: Staging, cancel: Cancel, *, for_good: bool) -> None:
        with staging.stage(say("Clearing the ground")) as tell:
            try:
                clean_up(self.standing(), before, tell, cancel, for_good=for_good)
            except TutorError as error:
                # Where the cluster itself is gone, nothing is left to clear.
                if not (unreachable(error) and self._state() == "absent"):
                    raise

    def _withdraw(self, before: Before) -> None:
        """Remove what a set-up that was stopped has made. What stays is removed when the exercise begins again."""
        with suppress(TutorError):
            clean_up(self.standing(), before, lambda _: None, Cancel())
            self.progress.end()
        self.close()

    def _state(self) -> str:
        return losses.state_of(self.provider, self.exercise.topology)
