"""What a learner has done must never be lost: not by a crash, a full disk, a second tutor or a broken file."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from checkers.result import Score
from tutor.errors import TutorError
from tutor.session.progress import ProgressStore
from tutor.session.records import Before, NodeBefore, UnderWay

RECORD = UnderWay(
    exercise="rollback",
    provider="kind",
    topology="single",
    namespaces={"bakery": "1-2-3"},
    started=1.0,
    seen=1.0,
    before=Before(
        nodes={"one": NodeBefore(labels={"a": "b"}, taints=[{"key": "k", "effect": "NoSchedule"}])},
        uids=frozenset({"u"}),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "progress.json"


def run(script: str, *arguments: object) -> str:
    """Run Python in a process of its own and return what it prints."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_new_learner_has_done_nothing_and_looking_writes_nothing(path: Path) -> None:
    store = ProgressStore(path)
    assert store.exercise("rollback").state == "new"
    assert store.lesson("pods").step == 0
    assert store.under_way is None
    assert not path.parent.exists()


def test_everything_is_there_again_in_the_next_run(path: Path) -> None:
    store = ProgressStore(path)
    store.mark_step("pods", 3, done=True)
    store.mark_step("pods", 1, done=False)
    store.begin(RECORD)
    store.note_hint(2)
    store.note_time(12.5, 20.0)
    assert store.note_score(Score(1, 3)) is False
    assert store.note_score(Score(3, 3)) is True
    again = ProgressStore(path)
    assert (again.lesson("pods").step, again.lesson("pods").done) == (1, True)
    rollback = again.exercise("rollback")
    assert (rollback.state, rollback.attempts, rollback.hints, rollback.score) == ("passed", 1, 2, 3)
    assert rollback.seconds == 12.5
    assert rollback.passed_at
    record = again.under_way
    assert record is not None
    assert (record.passed, record.hints, record.before) == (True, 2, RECORD.before)
    assert again.owner == store.owner
    json.dumps([asdict(rollback), asdict(again.lesson("pods"))])


def test_passing_counts_once_an_attempt_and_is_never_taken_back(path: Path) -> None:
    store = ProgressStore(path)
    store.begin(RECORD)
    assert [store.note_score(Score(n, 2)) for n in (2, 1, 2)] == [True, False, False]
    when = store.exercise("rollback").passed_at
    store.end()
    store.begin(RECORD)
    assert store.exercise("rollback").state == "passed"
    assert store.exercise("rollback").attempts == 2
    assert store.note_score(Score(0, 2)) is False
    assert store.note_score(Score(2, 2)) is True
    assert store.exercise("rollback").passed_at == when


def test_another_tutor_s_changes_are_seen(path: Path) -> None:
    one, two = ProgressStore(path), ProgressStore(path)
    one.mark_step("pods", 1, done=False)
    two.mark_step("dns", 2, done=False)
    one.begin(RECORD)
    assert two.under_way == RECORD
    assert (one.lesson("dns").step, two.lesson("pods").step) == (2, 1)


KILLED = """
import os, signal, sys
from pathlib import Path
from tutor.session import progress, saving
path = Path(sys.argv[1])
files = {progress.__file__, saving.__file__}
store = progress.ProgressStore(path)
for step in range(1, 500):
    store.mark_step("pods", step, False)
    child = os.fork()
    if child == 0:
        left = step  # kill it one line later each time
        def trace(frame, event, argument):
            global left
            if frame.f_code.co_filename not in files:
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace
        sys.settrace(trace)
        progress.ProgressStore(path).mark_step("pods", -1, False)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    after = progress.ProgressStore(path)
    assert not after.notice, (step, after.notice)
    assert after.lesson("pods").step in (step, -1), (step, after.lesson("pods"))
    if status == 0:
        print("points", step - 1)
        break
"""


def test_kill_9_at_every_line_of_a_save_leaves_the_old_file_or_the_new(path: Path) -> None:
    points = int(run(KILLED, path).split()[-1])
    assert points > 40
    assert [each.name for each in path.parent.glob("progress.json.2*")] == []


FULL = """
import resource, sys
from pathlib import Path
from tutor.errors import TutorError
from tutor.session.progress import ProgressStore
store = ProgressStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    store.mark_step("dns", 9, True)
except TutorError as error:
    print(error)
print(store.lesson("dns").step, store.lesson("lesson-1").step)
"""


def test_a_full_disk_is_said_and_the_old_file_stays(path: Path) -> None:
    store = ProgressStore(path)
    for number in range(20):
        store.mark_step(f"lesson-{number}", number, done=True)
    before = path.read_bytes()
    said = run(FULL, path)
    assert said.startswith("Your progress could not be saved.\n")
    assert "What was saved before is intact." in said
    assert said.endswith("0 1\n")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.name.endswith(".new")] == []


WRITER = """
import sys
from pathlib import Path
from tutor.session.progress import ProgressStore
store = ProgressStore(Path(sys.argv[1]))
for number in range(40):
    store.mark_step(f"{sys.argv[2]}-{number}", number + 1, False)
"""


def test_two_tutors_at_once_lose_nothing(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b")]
    assert [each.wait(60) for each in writers] == [0, 0]
    store = ProgressStore(path)
    for name in ("a", "b"):
        assert [store.lesson(f"{name}-{number}").step for number in range(40)] == list(range(1, 41))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"version": 1, "lessons": {"po', "the file is damaged"),
        (b"", "the file is damaged"),
        (b"\xff\xfe\x00garbage", "the file is damaged"),
        (b'{"version": 1, "exercises": {"a": {"attempts": "many"}}}', "the file is damaged"),
        (b'["version", 1]', "the file is damaged"),
        (b'{"version": 2, "levels": {}}', "written by a later kubetutor (version 2)"),
    ],
)
def test_a_file_that_makes_no_sense_is_set_aside_with_a_word(path: Path, content: bytes, why: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store = ProgressStore(path)
    assert store.exercise("rollback").state == "new"
    [aside] = [each for each in path.parent.iterdir() if each.name.startswith("progress.json.2")]
    assert aside.read_bytes() == content
    assert why in store.notice
    assert str(aside) in store.notice
    store.mark_step("pods", 1, done=False)
    assert ProgressStore(path).lesson("pods").step == 1
    assert not ProgressStore(path).notice


def test_what_a_later_version_added_is_no_reason_to_forget(path: Path) -> None:
    ProgressStore(path).mark_step("pods", 1, done=False)
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"theme": "dark"}))
    store = ProgressStore(path)
    assert (store.notice, store.lesson("pods").step) == ("", 1)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TutorError, match=r"could not be (saved|read)") as caught:
        ProgressStore(tmp_path / "file" / "progress.json").mark_step("pods", 1, done=False)
    assert "KUBETUTOR_HOME" in caught.value.hint
