"""Help, version, and what is said when the command itself is wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Run
from tutor import __version__
from tutor.cli.exits import Exit
from tutor.cli.verbs import verb_groups


def test_the_help_names_every_verb_and_every_exit_code(kubetutor: Run) -> None:
    ran = kubetutor("--help")
    assert ran.returncode == Exit.OK
    words = ran.stdout.split()
    for group in verb_groups():
        for verb in group.verbs:
            assert verb.name in words
    for code in Exit:
        assert str(code.value) in words
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_the_version(kubetutor: Run) -> None:
    assert kubetutor("--version").stdout == f"kubetutor {__version__}\n"


def test_every_verb_has_a_help_of_its_own(kubetutor: Run, capsys: pytest.CaptureFixture[str]) -> None:
    from tutor.cli.main import main

    for group in verb_groups():
        for verb in group.verbs:
            assert main([verb.name, "--help"]) == Exit.OK
            assert f"kubetutor {verb.name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "There is no verb lst. Did you mean list?"),
        (["check", "--jsno"], "There is no option --jsno here. Did you mean --json?"),
        (["list", "pods", "more"], "That is one word too many: more"),
        (["--provider", "docker", "list"], "--provider is one of auto, kind, context, practice, not docker."),
        (["start"], "The following arguments are required: ID"),
        (["cluster", "upp"], "is one of up, status, down, not upp."),
    ],
)
def test_a_wrong_command_says_what_is_wrong_and_ends_with_2(kubetutor: Run, arguments: list[str], said: str) -> None:
    ran = kubetutor(*arguments)
    assert ran.returncode == Exit.USAGE
    assert said in ran.stderr
    assert "--help" in ran.stderr
    assert ran.stdout == ""


def test_options_for_all_verbs_may_stand_before_or_after_the_verb(kubetutor: Run) -> None:
    from tutor.cli.parser import parse

    assert parse(["--context", "lab", "check"]).context == "lab"
    assert parse(["check", "--context", "lab"]).context == "lab"
    assert parse(["check"]).context is None


def test_every_word_of_the_help_can_be_translated(kubetutor: Run) -> None:
    ran = kubetutor("--help", "--lang", "pseudo")
    for group in verb_groups():
        for verb in group.verbs:
            assert f"⟦{verb.help}⟧" in ran.stdout


def test_the_languages_of_the_system_are_tried_in_order(kubetutor: Run) -> None:
    assert "⟦" in kubetutor("--help", LANG="en_GB.UTF-8", KUBETUTOR_LANG="pseudo").stdout
    assert "⟦" not in kubetutor("--help", LANG="C").stdout


def test_a_terminal_without_unicode_gets_question_marks_not_a_traceback(kubetutor: Run) -> None:
    ran = kubetutor("list", "--lang", "pseudo", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert ran.returncode == Exit.OK, ran.stderr
    assert ran.stdout.isascii()


def test_the_help_imports_nothing_heavy() -> None:
    heavy = "{'rich', 'yaml', 'textual', 'kubernetes', 'msgspec', 'cryptography'}"
    code = f"import sys; from tutor.cli.main import main; main(['--help']); print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "set()"
