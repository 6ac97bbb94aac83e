"""Rules of the house: Textual stays in its room, keys have ids, colours come from the theme."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import tutor
import tutor.ui

BELOW = ("tutor.course", "tutor.clusters", "tutor.session", "checkers")
UI = Path(tutor.ui.__file__).parent


def classes() -> list[type]:
    found = []
    for module in pkgutil.walk_packages(tutor.ui.__path__, "tutor.ui."):
        loaded = importlib.import_module(module.name)
        found += [each for each in vars(loaded).values() if inspect.isclass(each) and each.__module__ == module.name]
    return found


def test_nothing_below_the_app_imports_textual() -> None:
    program = f"""
import importlib, pkgutil, sys
for name in {BELOW}:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
print("textual" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_the_first_screen_needs_no_cluster_libraries() -> None:
    program = "import sys, tutor.ui.app; print({'kubernetes', 'cryptography', 'websocket', 'dns'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_every_key_has_an_id_of_its_own() -> None:
    ids: dict[str, type] = {}
    for each in classes():
        for binding in each.__dict__.get("BINDINGS", ()):
            assert binding.id, f"{each.__name__}: {binding.key} has no id"
            shared = binding.id == "page.close"
            assert shared or binding.id not in ids, f"{binding.id}: {each.__name__} and {ids.get(binding.id)}"
            ids[binding.id] = each


def test_styles_name_the_themes_colours_only() -> None:
    for file in UI.glob("tcss/*.tcss"):
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        for name, value in re.findall(r"([a-z-]*(?:color|background|border)[a-z-]*):\s*([^;]+);", text):
            words = [word for word in value.split() if not re.match(r"\$|\d+%$", word)]
            allowed = {"round", "outer", "none", "bold", "transparent"}
            assert set(words) <= allowed, f"{file.name}: {name}: {value}"


def test_no_private_name_of_textual_is_taken_by_accident() -> None:
    meant = {"_fatal_error"}
    for each in classes():
        for base in each.__mro__[1:]:
            if base.__module__.startswith("textual."):
                taken = {name for name, value in vars(each).items() if callable(value) and re.match("_[a-z]", name)}
                assert not (taken & set(vars(base))) - meant, f"{each.__name__} over {base.__name__}"


def test_files_stay_under_300_lines() -> None:
    assert [file.name for file in UI.rglob("*.py") if len(file.read_text().splitlines()) > 300] == []
