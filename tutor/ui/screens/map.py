"""The map: eleven topics with what is done and what is next; a topic opens into its lessons and exercises."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from checkers.words import say, say_n
from tutor.course.model import Course, Exercise, Topic
from tutor.ui.base import Page
from tutor.ui.keys import key
from tutor.ui.route import Entry, Standing, entries, place, rest
from tutor.ui.signs import PROGRESS, fit, level_word, row
from tutor.ui.widgets.bars import KeyBar, TitleBar
from tutor.ui.widgets.rows import Rows


class MapScreen(Page):
    """Topics on the left, what is in the chosen one on the right; in a narrow window one after the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("map.next", "n", "next", "Go on"),
        key("map.open", "enter,right", "open", "Open"),
        key("map.back", "escape,left", "back", "Topics"),
    ]

    topics = getters.query_one("#topics", Rows)
    entries = getters.query_one("#entries", Rows)

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course
        self._states: Standing = {}
        self._following: Entry | None = None

    def about(self) -> str:
        """The map's purpose."""
        return say(
            "Eleven topics, each with lessons to read and exercises to do on a real cluster. "
            "▸ is what comes next, … is begun, ✓ is done, – cannot run here. Go on opens what comes next."
        )

    def compose(self) -> ComposeResult:
        """The two lists, what comes next, and the keys."""
        yield TitleBar(say("kubetutor: Kubernetes, step by step"))
        yield Static(id="next", markup=False)
        with Horizontal(id="map"):
            with Vertical(id="topics-side"):
                yield Rows(id="topics")
            with Vertical(id="entries-side"):
                yield Static(id="summary", markup=False)
                yield Rows(id="entries")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first topic that is not done."""
        self.topics.border_title = say("Topics")
        self.refresh_progress()
        places = [topic.id for topic in self._course.topics]
        self.topics.highlighted = places.index(self._following.topic) if self._following else 0
        self.topics.focus()

    def on_screen_resume(self) -> None:
        """Show what was done meanwhile."""
        if self.is_mounted:
            self.refresh_progress()

    def refresh_progress(self) -> None:
        """Read the progress anew and draw both lists, the cursors where they were."""
        self._states = self.tutor_app.standing()
        self._following = self.tutor_app.following()
        self._draw_topics()
        self._draw_entries()
        passed = sum(self._states[place(exercise)] == "passed" for exercise in self._course.exercises)
        total = len(self._course.exercises)
        self.query_one(TitleBar).set_state(
            say_n("{passed} of {n} exercise passed", "{passed} of {n} exercises passed", total, passed=passed)
        )
        self.query_one("#next", Static).update(_next_line(self._following, self._all_done))

    refresh_refusals = refresh_progress

    @property
    def _all_done(self) -> bool:
        return all(state == "passed" for state in self._states.values())

    def _sign(self, entry: Entry) -> str:
        """Return which sign stands before an entry."""
        state = self._states[place(entry)]
        if isinstance(entry, Exercise) and entry.id in self.tutor_app.refusals and state != "passed":
            return "refused"
        return "next" if self._following is entry else state

    def _draw_topics(self) -> None:
        cursor = self.topics.highlighted
        self.topics.set_options(Option(self._topic_row(topic), id=topic.id) for topic in self._course.topics)
        self.topics.highlighted = cursor

    def _topic_row(self, topic: Topic) -> Content:
        states = [self._states[place(entry)] for entry in entries(topic)]
        done = states.count("passed")
        whole = bool(states) and done == len(states)
        sign = PROGRESS[
            "passed" if whole else "next" if self._following and self._following.topic == topic.id else "new"
        ]
        count = say("{done} of {total}", done=done, total=len(states)) if states else say("soon")
        return row(
            (sign.mark, 1, sign.colour),
            (f"{topic.number:>2}", 2, "$text-muted"),
            (topic.title, 32, ""),
            (count, 0, "$text-muted"),
        )

    def _draw_entries(self) -> None:
        topic = self._topic
        cursor = self.entries.highlighted
        self.entries.border_title = topic.title
        self.query_one("#summary", Static).update(topic.summary)
        self.entries.set_options(Option(_entry_row(entry, self._sign(entry)), id=entry.id) for entry in entries(topic))
        count = self.entries.option_count
        self.entries.highlighted = min(cursor or 0, count - 1) if count else None

    @property
    def _topic(self) -> Topic:
        return self._course.topics[self.topics.highlighted or 0]

    @on(OptionList.OptionHighlighted, "#topics")
    def _preview(self) -> None:
        self.entries.highlighted = None
        self._draw_entries()

    @on(OptionList.OptionSelected, "#topics")
    def _click_topic(self) -> None:
        self.action_back()
        self.action_open()

    @on(OptionList.OptionSelected, "#entries")
    def _click_entry(self, event: OptionList.OptionSelected) -> None:
        self.tutor_app.open_entry(entries(self._topic)[event.option_index])

    def on_descendant_focus(self) -> None:
        """Tab and clicks go in and out as well."""
        self.set_class(self.entries.has_focus, "-inside")
        self.refresh_bindings()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Going back to the topics is only for who has left them."""
        return action != "back" or self.has_class("-inside")

    def action_open(self) -> None:
        """Go into the topic; inside, open what is under the cursor."""
        if self.has_class("-inside"):
            if self.entries.highlighted is not None:
                self.tutor_app.open_entry(entries(self._topic)[self.entries.highlighted])
        elif self.entries.option_count:
            self.add_class("-inside")
            self.entries.focus()
        else:
            self.tutor_app.tell(say("This topic has no lessons yet."))

    def action_back(self) -> None:
        """Go back to the topics."""
        self.remove_class("-inside")
        self.topics.focus()

    def action_next(self) -> None:
        """Open what comes next."""
        following = self._following
        if following is None:
            self.tutor_app.tell(
                say("You have done everything. Open anything again as often as you like.") if self._all_done else rest()
            )
        else:
            self.tutor_app.open_entry(following)


def _next_line(following: Entry | None, all_done: bool) -> str:
    if following is None:
        return say("You have done everything. Well done!") if all_done else rest()
    if isinstance(following, Exercise):
        return say("Next: the exercise “{title}” (press n)", title=following.title)
    return say("Next: the lesson “{title}” (press n)", title=following.title)


def _entry_row(entry: Entry, standing: str) -> Content:
    sign = PROGRESS[standing]
    if isinstance(entry, Exercise):
        what, indent = level_word(entry.level), "  "
    else:
        what, indent = say("lesson"), ""
    return row(
        (sign.mark, 1, sign.colour),
        (fit(what, 8), 8, "$text-muted"),
        (say("{minutes} min", minutes=entry.minutes).rjust(6), 0, "$text-muted"),
        (f" {indent}{entry.title}", 0, "" if indent else "bold"),
    )
