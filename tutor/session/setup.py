"""Setting an exercise up: namespaces made fresh, then the steps of `exercise.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from checkers.types.object import ObjectCheck
from checkers.words import say
from checkers.world import Kind, LookError, Obj
from tutor.cancel import Cancel
from tutor.clusters.kubectl import Kubectl
from tutor.course.model import Exercise, SetupStep, WaitAction
from tutor.errors import TutorError
from tutor.session import nodes
from tutor.session.api import TUTOR, ask, items, reaching, under, until
from tutor.session.ground import Ground
from tutor.session.records import Before

NAMESPACES = "/api/v1/namespaces"
VOLUMES = "/api/v1/persistentvolumes"
ACCOUNT_SECONDS = 20.0
"""A namespace's ServiceAccount comes within a second, unless the controller manager has just started."""
KUBECTL_SECONDS = 60.0

Tell = Callable[[str], None]
"""Takes in what is being done just now, as a file's name."""


def look_before(ground: Ground) -> Before:
    """Return what clean-up must know about the cluster as it is now. Raises TutorError."""
    client = ground.world.client
    uids = {each["metadata"]["uid"] for each in items(client, VOLUMES)}
    for wanted in ground.exercise.cluster_objects:
        with reaching():
            found = ground.world.get(Kind(wanted.api_version, wanted.kind), wanted.name)
        if found:
            uids.add(found["metadata"]["uid"])
    return Before(nodes=nodes.read_nodes(client), uids=frozenset(uids))


def refuse_foreign(ground: Ground) -> None:
    """Raise TutorError when a namespace of the exercise's name is there that this tutor did not make."""
    for name in ground.exercise.namespaces:
        found = ask(ground.world.client, "GET", under(NAMESPACES, name), say("read {what}", what=name))
        labels = ((found.data or {}).get("metadata") or {}).get("labels") or {}
        if found.status == 200 and labels.get(TUTOR) != ground.owner:
            raise TutorError(
                say("There is a namespace {name} that the tutor did not make.", name=name),
                say("The exercise needs that name, and the tutor removes nothing of yours."),
                say("If you do not need it any more: kubectl delete namespace {name}", name=name),
            )


def make_namespaces(ground: Ground, cancel: Cancel) -> dict[str, str]:
    """Make the exercise's namespaces and return their uids. Raises TutorError where one is there already."""
    client, made = ground.world.client, {}
    for name in ground.exercise.namespaces:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": ground.labels}}
        made[name] = str(
            ask(client, "POST", NAMESPACES, say("make the namespace {name}", name=name), body=body).data["metadata"][
                "uid"
            ]
        )
    for name in made:
        account = f"{NAMESPACES}/{name}/serviceaccounts/default"
        # Without it, the first Pod is refused.
        ready = until(
            lambda path=account: ask(client, "GET", path, say("read {what}", what=path)).status == 200,  # type: ignore[misc]
            ACCOUNT_SECONDS,
            cancel,
        )
        if not ready:
            raise TutorError(
                say("The namespace {name} has no ServiceAccount yet.", name=name),
                say(
                    "The cluster's controller manager makes it, and did not within {n:.0f} seconds.", n=ACCOUNT_SECONDS
                ),
                say("See whether it runs: kubectl get pods -n kube-system"),
            )
    return made


def run_steps(ground: Ground, tell: Tell, cancel: Cancel) -> None:
    """Run the set-up's steps in order. Raises TutorError when one fails, Cancelled between two."""
    for step in steps_of(ground.exercise):
        cancel.check()
        tell(_spoken(step))
        if step.apply:
            _apply(ground, ground.exercise.folder / "setup" / step.apply, cancel)
        elif step.kubectl:
            _ran(ground.kubectl, step.kubectl, _spoken(step), "", cancel)
        elif step.wait:
            _wait(ground, step.wait, cancel)
        elif step.node:
            nodes.act(ground.world.client, ground.cluster.nodes, step.node)


def steps_of(exercise: Exercise) -> Sequence[SetupStep]:
    """Return the steps; where the exercise names none, its manifests in the order of their names."""
    if exercise.setup:
        return exercise.setup
    return [SetupStep(apply=path.name) for path in sorted((exercise.folder / "setup").glob("*.yaml"))]


def _apply(ground: Ground, path: Path, cancel: Cancel) -> None:
    try:
        documents = [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]
    except (OSError, yaml.YAMLError) as error:
        raise TutorError(
            say("A file of the exercise cannot be used."), f"{path}: {error}", say("See: kubetutor lint")
        ) from error
    text = yaml.safe_dump_all([_placed(ground, each) for each in documents], sort_keys=False, allow_unicode=True)
    _ran(ground.kubectl_everywhere, ("apply", "-f", "-"), path.name, text, cancel)


def _placed(ground: Ground, manifest: Obj) -> Obj:
    """Return the manifest with its namespace filled in, or with our labels where it has none: clean-up finds it."""
    if str(manifest.get("kind", "")).endswith("List") and isinstance(manifest.get("items"), list):
        return manifest | {"items": [_placed(ground, each) for each in manifest["items"]]}
    kind = Kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
    meta: dict[str, Any] = dict(manifest.get("metadata") or {})
    try:
        namespaced = ground.world.namespaced(kind)
    except LookError:
        namespaced = True  # of a kind that the same file brings: kubectl looks again
    if namespaced:
        meta.setdefault("namespace", ground.namespace)
    else:
        meta["labels"] = (meta.get("labels") or {}) | ground.labels
    return manifest | {"metadata": meta}


def _ran(kubectl: Kubectl, argv: Sequence[str], step: str, stdin: str, cancel: Cancel) -> None:
    ran = kubectl.run(argv, stdin=stdin.encode(), timeout=KUBECTL_SECONDS, cancel=cancel)
    if ran.code:
        raise TutorError(
            say("A step of the set-up failed: {step}.", step=step),
            ran.stderr.strip() or ran.stdout.strip(),
            say("Try again. If it fails again, please report it with these words."),
        )


def _wait(ground: Ground, wanted: WaitAction, cancel: Cancel) -> None:
    check = ObjectCheck(object=wanted.object, expect=wanted.expect)
    verdict = None

    def reached() -> bool:
        nonlocal verdict
        with reaching():
            verdict = check.look(ground.world)
        return verdict.ok

    if not until(reached, wanted.within, cancel):
        told = [each for each in (verdict.found, verdict.evidence) if each] if verdict else []
        raise TutorError(
            say("The exercise's objects did not get ready within {n:.0f} seconds.", n=wanted.within),
            "\n".join(told),
            say("A slow machine may need a second try. See what stands in the way: kubetutor doctor"),
        )


def _spoken(step: SetupStep) -> str:
    """Return a few words on a step, for the progress display."""
    if step.apply:
        return step.apply
    if step.kubectl:
        return " ".join(("kubectl", *step.kubectl))
    if step.wait:
        ref = step.wait.object
        return f"{ref.kind} {ref.name or ref.selector}"
    return step.node.role if step.node else ""
