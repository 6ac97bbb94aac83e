"""An exercise from start to finish on a real cluster, with everything that may happen in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkers.result import Status
from tests.session.conftest import OneCluster, ignore
from tests.session.forwarder import Door
from tutor.cancel import Cancel
from tutor.course.model import Course
from tutor.errors import Cancelled, TutorError
from tutor.session import cleanup
from tutor.session.attempt import Attempt
from tutor.session.events import Checked, Event, Found, Lost, Passed, Running, Staged
from tutor.session.tutor import Tutor

pytestmark = [pytest.mark.kind, pytest.mark.xdist_group("sample-course")]  # its namespaces are there once
Kubectl = Callable[..., str]
SPACES = ("ss-greeting", "ss-next")


def run(attempt: Attempt, answer: str) -> None:
    """Do what the learner's shell would do."""
    path = attempt.exercise.folder / answer
    env = os.environ | attempt.env()
    subprocess.run(["bash", "-e", str(path)], env=env, cwd=attempt.workspace, check=True, capture_output=True)


def statuses(checked: Checked) -> list[Status]:
    return [each.status for each in checked.results]


def left(kubectl: Kubectl) -> str:
    """Return what of the sample course is in the cluster."""
    found = kubectl("get", "namespaces,clusterroles,persistentvolumes", "-o", "name").split()
    return " ".join(each for each in found if "/ss-" in each)


class Ear:
    """Hears a session's events, and waits for those that a test expects."""

    def __init__(self) -> None:
        self.events: list[tuple[float, Event]] = []
        self._heard = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._heard:
            self.events.append((time.monotonic(), event))
            self._heard.notify_all()

    def await_(self, wanted: Callable[[Event], bool], since: int = 0, seconds: float = 60.0) -> Event:
        def found() -> list[Event]:
            return [event for _, event in self.events[since:] if wanted(event)]

        with self._heard:
            assert self._heard.wait_for(lambda: bool(found()), seconds), self.events[since:]
            return found()[0]


@contextmanager
def watching(attempt: Attempt) -> Iterator[Ear]:
    ear, cancel = Ear(), Cancel()
    thread = threading.Thread(target=attempt.watch, args=(ear, cancel))
    thread.start()
    try:
        ear.await_(lambda event: isinstance(event, (Checked, Lost)))
        yield ear
    finally:
        cancel.set()
        thread.join(20)
        assert not thread.is_alive()


def test_an_exercise_from_start_to_finish(tutor: Tutor, kubectl: Kubectl) -> None:
    ear = Ear()
    attempt = tutor.start("greeting", ear, Cancel())
    stages = [event.stage for _, event in ear.events if isinstance(event, Staged)]
    assert {each.total for each in stages} == {4}
    assert [each.number for each in stages if each.state == "done"] == [1, 2, 3, 4]
    label = kubectl("get", "namespace", "ss-next", "-o", r"jsonpath={.metadata.labels.kubetutor\.dev/exercise}")
    assert label == "greeting"
    assert tutor.current() == "greeting"
    assert statuses(attempt.check(Cancel())) == [Status.FAIL, Status.BLOCKED]

    assert (attempt.hint(), attempt.hint(), attempt.hint()) == (*attempt.exercise.hints, None)
    assert attempt.solution().startswith("kubectl patch configmap hall")
    run(attempt, "solution.sh")
    heard = Ear()
    assert attempt.check(Cancel(), listen=heard).score.passed
    [passed] = [event for _, event in heard.events if isinstance(event, Passed)]
    assert (passed.hints, passed.solution_shown) == (2, True)
    assert attempt.check(Cancel()).score.passed
    progress = tutor.progress.exercise("greeting")
    assert (progress.state, progress.hints, progress.solution_shown) == ("passed", 2, True)

    attempt.finish(ignore, Cancel())
    assert left(kubectl) == ""
    assert tutor.current() is None
    assert (attempt.workspace / "note.txt").is_file()
    with pytest.raises(TutorError, match="not under way any more"):
        attempt.check(Cancel())


def test_a_verdict_follows_a_change_at_once_and_a_reset_takes_it_back(tutor: Tutor, kubectl: Kubectl) -> None:
    attempt = tutor.start("greeting", ignore, Cancel())
    with watching(attempt) as ear:
        mark = len(ear.events)
        run(attempt, "solution.sh")
        changed = time.monotonic()
        ear.await_(lambda event: isinstance(event, Passed), mark)
        assert ear.events[-1][0] - changed < 3
        assert any(isinstance(event, Running) for _, event in ear.events[mark:])
        mark = len(ear.events)
        attempt.reset(ignore, Cancel())
        ear.await_(lambda e: isinstance(e, Checked) and statuses(e) == [Status.FAIL, Status.BLOCKED], mark)
        assert not [event for _, event in ear.events[mark:] if isinstance(event, Lost)]
    assert tutor.progress.exercise("greeting").attempts == 2
    assert "clusterrole.rbac.authorization.k8s.io/ss-greeter" not in left(kubectl)


def test_a_namespace_that_the_learner_deletes_is_lost_until_a_reset(tutor: Tutor, kubectl: Kubectl) -> None:
    attempt = tutor.start("greeting", ignore, Cancel())
    with watching(attempt) as ear:
        kubectl("delete", "namespace", "ss-greeting", "--wait=false")
        lost = ear.await_(lambda event: isinstance(event, Lost))
        assert isinstance(lost, Lost)
        assert lost.what == "namespace"
        assert "ss-greeting was deleted" in lost.message
        assert "kubetutor reset" in lost.hint
        blind = attempt.check(Cancel())
        assert set(statuses(blind)) == {Status.ERROR}
        assert "ss-greeting was deleted" in blind.results[0].found
        mark = len(ear.events)
        attempt.reset(ignore, Cancel())
        ear.await_(lambda event: isinstance(event, Found), mark)
        ear.await_(lambda e: isinstance(e, Checked) and Status.ERROR not in statuses(e), mark)


def test_a_cluster_that_goes_away_is_lost_and_found(
    sample: Course, kubeconfig: Path, tmp_path: Path, kubectl: Kubectl
) -> None:
    door = Door(kubeconfig, tmp_path / "through-the-door")
    provider = OneCluster(door.path)
    tutor = Tutor(sample, tmp_path / "home", lambda name, context: provider)
    attempt = tutor.start("greeting", ignore, Cancel())
    with watching(attempt) as ear:
        provider.state = "absent"
        door.close()
        lost = ear.await_(lambda event: isinstance(event, Lost))
        assert isinstance(lost, Lost)
        assert (lost.what, "is gone" in lost.message) == ("cluster", True)
        assert set(statuses(attempt.check(Cancel()))) == {Status.ERROR}
        mark = len(ear.events)
        door.open()
        provider.state = "ready"
        ear.await_(lambda event: isinstance(event, Found), mark)
        ear.await_(lambda e: isinstance(e, Checked) and statuses(e)[0] is Status.FAIL, mark)
    door.close()
    provider.state = "absent"
    attempt.finish(ignore, Cancel())  # nothing is there to be cleaned up
    assert tutor.current() is None
    tutor.close()
    for each in SPACES:
        kubectl("delete", "namespace", each)
    kubectl("delete", "clusterrole", "ss-porter")


def test_a_cluster_that_is_gone_when_the_learner_comes_back(
    sample: Course, kubeconfig: Path, tmp_path: Path, kubectl: Kubectl
) -> None:
    door = Door(kubeconfig, tmp_path / "through-the-door")
    provider = OneCluster(door.path)

    def open_tutor() -> Tutor:
        return Tutor(sample, tmp_path / "home", lambda name, context: provider)

    open_tutor().start("greeting", ignore, Cancel()).close()
    ups = provider.ups
    open_tutor().resume(ignore, Cancel()).close()
    assert provider.ups == ups  # where all is as it was, nobody is asked
    provider.state = "absent"
    door.close()
    attempt = open_tutor().resume(ignore, Cancel())
    assert provider.ups == ups  # a look makes no cluster
    assert attempt.hint() == attempt.exercise.hints[0]
    checked = attempt.check(Cancel())
    assert set(statuses(checked)) == {Status.ERROR}
    assert "kubetutor reset" in checked.results[0].look
    with pytest.raises(TutorError, match="is gone"):
        attempt.env()
    door.open()
    attempt.reset(ignore, Cancel())
    assert provider.ups == ups + 1
    assert statuses(attempt.check(Cancel())) == [Status.FAIL, Status.BLOCKED]
    assert attempt.hints_shown() == attempt.exercise.hints[:1]
    attempt.close()

    kubectl("delete", "namespace", *SPACES)
    provider.state = "stopped"
    attempt = open_tutor().resume(ignore, Cancel())  # a cluster that was stopped and came back empty is no fault
    assert statuses(attempt.check(Cancel())) == [Status.FAIL, Status.BLOCKED]
    attempt.finish(ignore, Cancel())
    assert left(kubectl) == ""


CRASH = """
import os, signal, sys
from pathlib import Path
from tests.session.conftest import SAMPLE, OneCluster
from tutor.cancel import Cancel
from tutor.course.load import load_course
from tutor.session.events import Staged
from tutor.session.tutor import Tutor

home, kubeconfig, verb, detail = sys.argv[1:]

def listen(event):
    if isinstance(event, Staged) and detail in (event.stage.detail, f"{event.stage.title} {event.stage.state}"):
        os.kill(os.getpid(), signal.SIGKILL)

tutor = Tutor(load_course(SAMPLE), Path(home), lambda name, context: OneCluster(Path(kubeconfig)))
attempt = tutor.start("greeting", listen if verb == "start" else lambda _: None, Cancel())
getattr(attempt, verb)(listen, Cancel())
"""


@pytest.mark.parametrize(
    ("verb", "at"),
    [
        ("start", "Making namespaces done"),
        ("start", "kubectl label configmap hall swept=yes"),
        ("reset", "ss-greeting, ss-next"),
        ("finish", "ss-greeting, ss-next"),
    ],
)
def test_a_crash_in_the_middle_is_made_good_by_the_next_run(
    verb: str, at: str, open_tutor: Callable[[], Tutor], kubeconfig: Path, tmp_path: Path, kubectl: Kubectl
) -> None:
    command = [sys.executable, "-c", CRASH, str(tmp_path / "home"), str(kubeconfig), verb, at]
    assert subprocess.run(command, timeout=120, check=False).returncode == -signal.SIGKILL
    tutor = open_tutor()
    assert tutor.current() == "greeting"
    attempt = tutor.resume(ignore, Cancel())
    assert statuses(attempt.check(Cancel())) == [Status.FAIL, Status.BLOCKED]
    swept = kubectl("get", "configmap", "hall", "-n", "ss-greeting", "-o", "jsonpath={.metadata.labels.swept}")
    assert swept == "yes"
    attempt.finish(ignore, Cancel())
    assert left(kubectl) == ""


def test_ctrl_c_during_the_set_up_leaves_nothing(tutor: Tutor, kubectl: Kubectl) -> None:
    cancel = Cancel()

    def listen(event: Event) -> None:
        if isinstance(event, Staged) and event.stage.detail == "hall.yaml":
            cancel.set()

    with pytest.raises(Cancelled):
        tutor.start("greeting", listen, cancel)
    assert tutor.current() is None
    assert left(kubectl) == ""


def test_nothing_of_the_learner_s_own_is_touched(
    tutor: Tutor, kubectl: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "learner"
    own, other = home / ".kube" / "config", tmp_path / "other.kubeconfig"
    own.parent.mkdir(parents=True)
    decoy = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters: []\ncontexts: []\nusers: []\n"
    own.write_text(decoy)
    other.write_text(decoy.replace("prod", "work"))
    stamps = own.stat().st_mtime_ns, other.stat().st_mtime_ns
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KUBECONFIG", str(other))
    kubectl("create", "clusterrole", "ss-greeter-of-another", "--verb=get", "--resource=pods")
    kubectl("create", "namespace", "ss-own")
    try:
        attempt = tutor.start("greeting", ignore, Cancel())
        run(attempt, "solution.sh")
        assert attempt.check(Cancel()).score.passed
        attempt.reset(ignore, Cancel())
        attempt.finish(ignore, Cancel())
        assert left(kubectl) == "namespace/ss-own clusterrole.rbac.authorization.k8s.io/ss-greeter-of-another"
    finally:
        kubectl("delete", "namespace/ss-own", "clusterrole/ss-greeter-of-another")
    assert (own.read_text(), other.read_text()) == (decoy, decoy.replace("prod", "work"))
    assert (own.stat().st_mtime_ns, other.stat().st_mtime_ns) == stamps
    assert [each.name for each in own.parent.iterdir() if each.name != "cache"] == ["config"]


def test_a_namespace_that_somebody_else_made_is_left_alone(tutor: Tutor, kubectl: Kubectl) -> None:
    kubectl("create", "namespace", "ss-next")
    try:
        with pytest.raises(TutorError, match="ss-next that the tutor did not make") as caught:
            tutor.start("greeting", ignore, Cancel())
        assert "kubectl delete namespace ss-next" in caught.value.hint
        assert left(kubectl) == "namespace/ss-next"
        assert tutor.current() is None
    finally:
        kubectl("delete", "namespace", "ss-next")


def test_a_cluster_scoped_object_that_was_there_before_stays(tutor: Tutor, kubectl: Kubectl) -> None:
    kubectl("create", "clusterrole", "ss-greeter", "--verb=get", "--resource=pods")
    try:
        tutor.start("greeting", ignore, Cancel()).finish(ignore, Cancel())
        assert left(kubectl) == "clusterrole.rbac.authorization.k8s.io/ss-greeter"
    finally:
        kubectl("delete", "clusterrole", "ss-greeter")


def test_one_exercise_at_a_time(tutor: Tutor, open_tutor: Callable[[], Tutor]) -> None:
    tutor.start("greeting", ignore, Cancel())
    with pytest.raises(TutorError, match="Another exercise is under way: A friendly greeting"):
        open_tutor().start("clock", ignore, Cancel())
    with pytest.raises(TutorError, match="no exercise nothing"):
        tutor.start("nothing", ignore, Cancel())


def test_what_holds_a_namespace_is_named(tutor: Tutor, kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = tutor.start("greeting", ignore, Cancel())
    finalizer = '{"metadata": {"finalizers": ["example.com/keep"]}}'
    kubectl("patch", "configmap", "hall", "-n", "ss-greeting", "--type=merge", "-p", finalizer)
    with monkeypatch.context() as impatient:
        impatient.setattr(cleanup, "GONE_SECONDS", 15.0)
        with pytest.raises(TutorError, match="The namespace ss-greeting does not go away") as caught:
            attempt.finish(ignore, Cancel())
    assert "ConfigMap hall waits for the finalizer example.com/keep." in caught.value.message
    assert tutor.current() == "greeting"
    kubectl(
        "patch", "configmap", "hall", "-n", "ss-greeting", "--type=merge", "-p", '{"metadata": {"finalizers": null}}'
    )
    attempt.finish(ignore, Cancel())
    assert left(kubectl) == ""
