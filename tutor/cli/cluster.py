"""`cluster up`, `status` and `down`: the clusters behind the exercises."""

from __future__ import annotations

from checkers.words import say
from tutor.cli.exits import Exit, WordError
from tutor.cli.out import ask, note, table
from tutor.cli.parser import Options, guess
from tutor.cli.stages import Stages, stoppable
from tutor.cli.tutoring import agree_on_context, stages_only, tutoring
from tutor.course.model import TopologyName


def cluster(options: Options) -> Exit:
    """`kubetutor cluster up|status|down [TOPOLOGY]`."""
    return {"up": _up, "status": _status, "down": _down}[options.action](options)


def _up(options: Options) -> Exit:
    topology = _topology(options.topology or "single")
    agree_on_context(options)
    with tutoring(options) as tutor, Stages() as stages, stoppable() as cancel:
        made = tutor.cluster_up(topology, stages_only(stages), cancel)
    if made.provider == "practice":
        note(say("Practice cluster {name} is up: simulated, no containers run.", name=made.name))
    else:
        note(say("Cluster {name} is up, Kubernetes {version}.", name=made.name, version=made.version))
    return Exit.OK


def _status(options: Options) -> Exit:
    with tutoring(options) as tutor:
        found = tutor.clusters()
    rows = [
        [row.name, row.topology, row.state, row.version, ", ".join(f"{name} {state}" for name, state in row.nodes)]
        for row in found
    ]
    if rows:
        table([say("CLUSTER"), say("TOPOLOGY"), say("STATE"), say("VERSION"), say("NODES")], rows)
    else:
        note(say("No clusters. An exercise brings up the one that it needs."))
    for row in found:
        if row.detail:
            note(f"{row.name}: {row.detail}")
    return Exit.OK


def _down(options: Options) -> Exit:
    with tutoring(options) as tutor:
        made = [row.topology for row in tutor.clusters() if row.state != "absent"]
        chosen = made if options.all else [_topology(options.topology or "single")]
        current = tutor.current()
        exercise = tutor.course.exercise(current) if current else None
        if exercise and exercise.topology in chosen and not options.yes:
            question = say("{title} is under way on it. Take it down all the same?", title=exercise.title)
            if not ask(question):
                note(say("Nothing was changed."))
                return Exit.REFUSED
        for topology in chosen:
            with Stages() as stages:
                removed = tutor.cluster_down(topology, stages_only(stages))
            if removed:
                note(say("Cluster {topology} is gone.", topology=topology))
            else:
                note(say("There was no cluster {topology}.", topology=topology))
    return Exit.OK


def _topology(word: str) -> TopologyName:
    """Return the topology of this name. Raises WordError."""
    names = [str(name) for name in TopologyName]
    if word not in names:
        raise WordError(say("There is no topology {word}.", word=word) + guess(word, names), ", ".join(names))
    return TopologyName(word)
