"""Removing what an exercise and its learner made, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from checkers.live.discovery import Resource
from checkers.live.probe import remove_probes
from checkers.words import say
from checkers.world import Kind, LookError, Obj
from tutor.cancel import Cancel
from tutor.errors import TutorError
from tutor.session import nodes
from tutor.session.api import ask, delete, items, reaching, scopes, under, until
from tutor.session.ground import Ground
from tutor.session.records import Before
from tutor.session.setup import NAMESPACES, VOLUMES, Tell, steps_of

GONE_SECONDS = 60.0
"""Kubernetes waits five seconds before it empties a namespace; finalizers may hold it for ever."""
VOLUME_SECONDS = 20.0
"""What a provisioner may take to remove a volume's data, before the tutor removes the object alone."""
BLOCKERS = ("admissionregistration.k8s.io", "apiregistration.k8s.io")
"""Groups whose objects, when what they point to is gone, keep everything else from being deleted."""


def clean_up(ground: Ground, before: Before, tell: Tell, cancel: Cancel, *, for_good: bool = True) -> list[str]:
    """Remove what the exercise made; return sentences on what could not be put back and does no harm.

    Not `for_good`, the probes stay warm for the exercise that begins again.

    May be called again after a crash in the middle. Raises TutorError when a namespace or an object stays,
    naming what holds it, and when the cluster cannot be reached.
    """
    client = ground.world.client
    remarks = _undo_nodes(ground, before)
    if for_good:
        with reaching():
            remove_probes(ground.cluster.kubeconfig, ground.exercise.namespaces)
    ours = _labelled(ground) + _named(ground, before)
    first = [path for path in ours if any(f"/{group}/" in path for group in BLOCKERS)]
    for path in first:
        delete(client, path)
    names = _namespaces(ground)
    tell(", ".join(names))
    for name in names:
        delete(client, under(NAMESPACES, name))
    for name in names:  # now that no controller can make new ones
        delete(client, f"{under(NAMESPACES, name)}/pods", grace=0)
    for path in ours:
        if path not in first:
            delete(client, path)
    if not until(lambda: not _namespaces(ground), GONE_SECONDS, cancel):
        raise _stuck_namespace(ground, _namespaces(ground))
    _await_gone(ground, ours, cancel)
    _remove_volumes(ground, names, before, tell, cancel)
    return remarks


def leftovers(ground: Ground, before: Before) -> list[str]:
    """Return the API paths of what is still there after a clean-up; empty when it was whole."""
    volumes = [under(VOLUMES, name) for name in _volumes(ground, ground.exercise.namespaces, before)]
    probes = [
        f"{NAMESPACES}/{each['metadata']['namespace']}/pods/{each['metadata']['name']}"
        for name in ground.exercise.namespaces
        for each in items(ground.world.client, "/api/v1/pods", f"kubetutor.dev/for={name}")
        if not each["metadata"].get("deletionTimestamp")
    ]
    spaces = [under(NAMESPACES, name) for name in _namespaces(ground)]
    return spaces + _labelled(ground) + _named(ground, before) + volumes + probes


def _undo_nodes(ground: Ground, before: Before) -> list[str]:
    """Run `undo` commands, then put labels, taints and cordons back."""
    remarks = []
    for step in steps_of(ground.exercise):
        if step.node and step.node.undo:
            try:
                nodes.run(ground.cluster.nodes, step.node, step.node.undo)
            except TutorError as error:  # the learner may have changed the node: no reason to keep the rest
                remarks.append(f"{error.title} {error.message}")
    nodes.put_back(ground.world.client, before.nodes)
    return remarks


def _namespaces(ground: Ground) -> list[str]:
    """Return the exercise's namespaces that exist. Whoever made them: none was there when it began."""
    client = ground.world.client
    names = ground.exercise.namespaces
    return [n for n in names if ask(client, "GET", under(NAMESPACES, n), say("read {what}", what=n)).status == 200]


def _labelled(ground: Ground) -> list[str]:
    """Return the paths of cluster-scoped objects that carry our labels."""
    client = ground.world.client
    kinds = [each for each in scopes(client) if each.path != NAMESPACES]
    return [
        under(each.path, found["metadata"]["name"])
        for each in kinds
        for found in items(client, each.path, ground.selector)
    ]


def _named(ground: Ground, before: Before) -> list[str]:
    """Return the paths of the exercise's `cluster_objects` that were not there before."""
    paths = []
    for wanted in ground.exercise.cluster_objects:
        resource = _resource(ground, Kind(wanted.api_version, wanted.kind))
        if resource is None:
            continue
        path = resource.path("", wanted.name)
        found = ask(ground.world.client, "GET", path, say("read {what}", what=wanted.name))
        if found.status == 200 and found.data["metadata"]["uid"] not in before.uids:
            paths.append(path)
    return paths


def _resource(ground: Ground, kind: Kind) -> Resource | None:
    with reaching():
        return ground.world.discovery.find(kind)


def _volumes(ground: Ground, namespaces: Iterable[str], before: Before) -> dict[str, Obj]:
    """Return the PersistentVolumes, made since, that belong or belonged to claims of `namespaces`."""
    wanted = set(namespaces)
    reply = ask(ground.world.client, "GET", VOLUMES, say("list {what}", what="persistentvolumes"))
    found = {each["metadata"]["name"]: each for each in (reply.data or {}).get("items") or []}
    return {
        name: each
        for name, each in found.items()
        if ((each["spec"].get("claimRef") or {}).get("namespace") in wanted)
        and each["metadata"]["uid"] not in before.uids
    }


def _remove_volumes(ground: Ground, namespaces: Iterable[str], before: Before, tell: Tell, cancel: Cancel) -> None:
    """Delete volumes that nobody else will; those with a provisioner get the time to remove their data first."""

    def left() -> dict[str, Obj]:
        return _volumes(ground, namespaces, before)

    def provisioned() -> bool:
        return any(each["spec"].get("persistentVolumeReclaimPolicy") == "Delete" for each in left().values())

    if volumes := left():
        tell(", ".join(volumes))
    until(lambda: not provisioned(), VOLUME_SECONDS, cancel)
    paths = [under(VOLUMES, name) for name in left()]
    for path in paths:
        delete(ground.world.client, path)
    _await_gone(ground, paths, cancel)


def _await_gone(ground: Ground, paths: Iterable[str], cancel: Cancel) -> None:
    """Wait until objects are gone. Raises TutorError, naming their finalizers, when one stays."""
    for path in paths:
        last: Obj = {}

        def gone(path: str = path) -> bool:
            nonlocal last
            reply = ask(ground.world.client, "GET", path, say("read {what}", what=path))
            last = (reply.data or {}) if reply.status == 200 else {}
            return not last

        if not until(gone, GONE_SECONDS, cancel):
            kind, name = str(last.get("kind", "")), str(last["metadata"]["name"])
            holders = ", ".join(last["metadata"].get("finalizers") or [])
            raise TutorError(
                say("{kind} {name} does not go away.", kind=kind, name=name),
                say("It is being deleted, and waits for its finalizers: {holders}.", holders=holders),
                say(
                    "Look: kubectl get {kind} {name} -o yaml. Then finish again: kubetutor finish", kind=kind, name=name
                ),
            )


def _stuck_namespace(ground: Ground, names: list[str]) -> TutorError:
    """Return the error that says what holds a namespace, in the words of its own conditions.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
    """
    why = {name: _conditions(ground, name) for name in names}
    held = [name for name in names if why[name]]
    if not held:
        return TutorError(
            say("The namespace {name} does not go away.", name=", ".join(names)),
            say("It is being deleted for {n:.0f} seconds, and nothing seems to hold it.", n=GONE_SECONDS),
            say("The cluster may be very busy. Finish again in a moment: kubetutor finish"),
        )
    return TutorError(
        say("The namespace {name} does not go away.", name=", ".join(held)),
        "\n".join(sentence for name in held for sentence in why[name] + _holders(ground, name)),
        say(
            "Whoever set a finalizer must take it away; by hand: kubectl patch KIND NAME -n {name} --type=merge "
            '-p \'{{"metadata":{{"finalizers":null}}}}\'. Then finish again: kubetutor finish',
            name=held[0],
        ),
    )


def _conditions(ground: Ground, name: str) -> list[str]:
    """Return what a namespace that is being deleted says about what remains in it."""
    reply = ask(ground.world.client, "GET", under(NAMESPACES, name), say("read {what}", what=name))
    conditions = ((reply.data or {}).get("status") or {}).get("conditions") or []
    return [str(each["message"]) for each in conditions if each["status"] == "True" and each.get("message")]


def _holders(ground: Ground, namespace: str) -> list[str]:
    """Return a sentence for each object of the namespace that waits for a finalizer."""
    ran = ground.kubectl.run(["api-resources", "--verbs=list", "--namespaced", "-o", "name"], timeout=20)
    kinds = ",".join(ran.stdout.split())
    columns = "K:.kind,N:.metadata.name,F:.metadata.finalizers"
    listed = ground.kubectl.run(
        ["get", kinds, "-n", namespace, "-o", f"custom-columns={columns}", "--no-headers"], timeout=30
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [
        say(
            "{kind} {name} waits for the finalizer {finalizers}.",
            kind=row[0],
            name=row[1],
            finalizers=row[2].strip("[]"),
        )
        for row in rows
        if len(row) == 3 and row[2] != "<none>"
    ]


def unreachable(error: TutorError) -> bool:
    """Tell whether it was the cluster that could not be reached, and not something in it."""
    return isinstance(error.__cause__, LookError)
