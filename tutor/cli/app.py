"""`kubetutor` without a verb: the app, where there is a terminal to show it on."""

from __future__ import annotations

import sys

from checkers.words import say
from tutor.cli.exits import Exit
from tutor.cli.out import note
from tutor.cli.parser import Options


def start_app(options: Options) -> Exit:
    """Start the app; without a terminal, say so and print the course."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from tutor.cli.course import list_course

        note(say("This is not a terminal, so the app does not start. All verbs: kubetutor --help"))
        options.topic = None
        return list_course(options)
    from tutor.cli.tutoring import agree_on_context, tutoring
    from tutor.ui.app import TutorApp

    agree_on_context(options)
    with tutoring(options) as tutor:
        app = TutorApp(tutor)
        app.run()
        return Exit(app.return_code or 0)
