"""Nothing that the app says is hard-coded: in the pseudo language every sentence is marked."""

import re
from collections.abc import Iterator

from textual.app import App
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static
from textual.widgets.markdown import MarkdownBlock

from checkers.words import use_language
from tests.ui.fakes import AT_START, TITLES, FakeTutor
from tests.ui.seeing import running, until
from tutor.ui.widgets.task import Task

SENTENCE = re.compile(r"⟦[^⟦⟧]*⟧")
KEYS = {"Esc", "Enter", "Tab", "Space", "f1", "f10", "q", "n", "s", "h", "c", "t", "l", "a", "r", "f", "d", "p"}
"""Names of keys: what stands on them."""


def words_of(app: App) -> Iterator[tuple[str, str]]:
    """Yield what each widget of the screen on top says, and which widget it is."""
    for widget in app.screen.query(Widget):
        if isinstance(widget, MarkdownBlock) or widget.id == "code-content":
            continue  # the course's own words
        texts = [widget.border_title]
        if isinstance(widget, Button):
            texts.append(widget.label)
        elif isinstance(widget, Static):
            texts.append(widget.content)
        elif isinstance(widget, OptionList):
            texts += [option.prompt for option in widget.options]
        for text in texts:
            if text:
                yield (text.plain if isinstance(text, Content) else str(text)), f"{widget}"


def unmarked(app: App, data: set[str]) -> list[tuple[str, str]]:
    """Return words outside the marks that are neither data nor keys."""
    found = []
    for text, widget in words_of(app):
        for each in sorted(data, key=len, reverse=True):
            text = text.replace(each, " ")
        while SENTENCE.search(text):
            text = SENTENCE.sub(" ", text)
        text = re.sub(r"⟦[^⟧]*…", " ", text)  # a sentence that was cut to fit
        found += [(word, widget) for word in re.findall(r"[^\W\d_]+", text) if word not in KEYS and len(word) > 1]
    return found


async def test_every_word_of_the_app_is_marked(tutor: FakeTutor) -> None:
    data = {"Rollouts and how to undo them", "Undo a bad rollout", "Scale it up", "A Deployment does not own Pods"}
    data |= {*TITLES, *(topic.summary for topic in tutor.course.topics)}
    for result in AT_START:
        data |= {result.title, result.found, result.asked, result.near, result.evidence, result.look} - {""}
    use_language("pseudo")

    async with running(tutor, (120, 40)) as pilot:
        app = pilot.app

        async def checked(what: type | str) -> None:
            def there() -> bool:
                return any("⟦" in text for text, _ in words_of(app)) and (
                    bool(app.screen.query(what)) or type(app.screen).__name__ == what
                )

            await until(pilot, there, f"for {what}")
            await pilot.pause()
            assert unmarked(app, data) == [], what

        await checked("MapScreen")
        await pilot.press("question_mark")
        await checked("Help")
        await pilot.press("escape", "n")
        await checked("LessonScreen")
        app.open_entry(tutor.course.exercise("rollback"))
        await checked(Task)
        await pilot.press("enter")
        await until(pilot, lambda: app.attempt is not None and app.screen.query("#checks"), "for the attempt")
        assert tutor.attempt
        assert tutor.attempt.watching.wait(20)
        await checked(Task)
        for key in ("h", "t", "a", "r", "f", "q"):
            await pilot.press(key)
            await until(pilot, lambda: type(app.screen).__name__ in ("TextPanel", "Confirm"), f"after {key}")
            await checked(".panel")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen.query(Task), "for the exercise")
        tutor.attempt.passes()
        await checked("DebriefScreen")


async def test_keys_are_named_in_the_language_in_use(tutor: FakeTutor) -> None:
    use_language("pseudo")
    async with running(tutor) as pilot:
        described = [active.binding for active in pilot.app.screen.active_bindings.values() if active.binding.id]
        shown = [binding.description for binding in described if binding.show]
        assert shown
        assert all(words.startswith("⟦") for words in shown)
