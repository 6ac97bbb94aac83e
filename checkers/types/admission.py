"""`admission`: a manifest that the API server accepts or refuses, by a dry run."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from checkers import in_force, texts
from checkers.check import CheckType, Tree
from checkers.describe import asked, found
from checkers.evidence import one_line
from checkers.expecting import expect_problems
from checkers.match import match
from checkers.near import near_field
from checkers.rbac import READS as RBAC
from checkers.rbac import Who
from checkers.result import Verdict
from checkers.schema import root, validate
from checkers.words import say
from checkers.world import Admission, Kind, World


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent, and by whom; without `as`, by the cluster's administrator."""

    manifest: Tree
    as_: Who | None = msgspec.field(name="as", default=None)


class AdmissionExpect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the API server answers; `message` words of its refusal, `stored` what it would store (partial)."""

    accepted: bool = True
    message: texts.TextExpect | None = None
    stored: Tree = msgspec.field(default_factory=dict)


class AdmissionCheck(CheckType, frozen=True, kw_only=True):
    """Whether the API server accepts a manifest, asked by a server-side dry run: nothing is stored.

        admission: {manifest: {apiVersion: v1, kind: Pod, metadata: {name: intruder}, spec: {…}}}
        expect: {accepted: false, message: "violates PodSecurity"}

    `stored` asks what defaults and mutating policies make of it, as a LimitRange's default limits.
    Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
    """

    key: ClassVar[str] = "admission"
    polls: ClassVar[bool] = True  # webhooks, and policies that take their time
    admission: Sent
    expect: AdmissionExpect = AdmissionExpect()

    def reads(self) -> frozenset[Kind]:
        """What decides about new objects."""
        return in_force.READS | (RBAC if self.admission.as_ else frozenset())

    def problems(self) -> list[str]:
        """Check the manifest, and that the expectations go together."""
        manifest, expect = self.admission.manifest, self.expect
        problems = [f"manifest: {sentence}" for _, sentence in validate(manifest)]
        who = self.admission.as_
        if who is not None:
            problems += who.problems() or ([] if who.user or who.serviceaccount else ["as: a user or a serviceaccount"])
        if expect.accepted and expect.message is not None:
            problems.append("expect: message goes with accepted: false")
        if not expect.accepted and expect.stored:
            problems.append("expect: stored goes with accepted: true")
        if expect.message is not None:
            problems += texts.problems(expect.message, "expect.message")
        return problems + ([] if problems else expect_problems(self._kind, expect.stored, "expect.stored"))

    @property
    def _kind(self) -> Kind:
        return Kind(str(self.admission.manifest.get("apiVersion")), str(self.admission.manifest.get("kind")))

    def look(self, world: World) -> Verdict:
        """Send it once, as a dry run."""
        who = self.admission.as_
        answer = world.dry_run(self.admission.manifest, who.subject(world) if who else None)
        if answer.accepted:
            return self._accepted(world, answer)
        return self._refused(world, answer)

    def _accepted(self, world: World, answer: Admission) -> Verdict:
        if not self.expect.accepted:
            space = self._namespace(world)
            return Verdict(
                ok=False,
                found=say("The API server accepts {object} in namespace {namespace}.", **self._at(world)),
                asked=self._asked(world),
                near=in_force.nearly(world, space, pod=self._kind.kind == "Pod", words=str(self.expect.message or "")),
                evidence=in_force.in_force(world, space),
                look=self._look(world),
                healing=in_force.enforced_late(world, space),
            )
        stored = answer.stored or {}
        differences = match(self.expect.stored, stored, root(self._kind))
        if not differences:
            return Verdict(
                ok=True, found=say("The API server accepts {object} in namespace {namespace}.", **self._at(world))
            )
        subject = say("{object}, as it would be stored", object=self._spoken())
        return Verdict(
            ok=False,
            found=found(differences, subject),
            asked=asked(differences, subject),
            near=next((text for each in differences if (text := near_field(each, stored))), ""),
            evidence=in_force.in_force(world, self._namespace(world)),
            look=self._look(world),
            path=differences[0].where,
        )

    def _refused(self, world: World, answer: Admission) -> Verdict:
        words = self.expect.message
        sentence = say("The API server refuses {object} in namespace {namespace}.", **self._at(world))
        other = answer.reason == "NotFound" or (words is not None and not texts.fits(words, answer.message))
        if not self.expect.accepted and not other:
            return Verdict(ok=True, found=sentence, evidence=_said(answer))
        if not self.expect.accepted:
            sentence = say(
                "The API server refuses {object} in namespace {namespace}, but for another reason.",
                **self._at(world),
            )
        return Verdict(
            ok=False,
            found=sentence,
            asked=self._asked(world),
            near=in_force.behind(world, self._namespace(world), answer.message),
            evidence=_said(answer),
            look=self._look(world),
            # A new quota refuses everything until its use has been counted.
            healing="status unknown for quota" in answer.message,
        )

    def _asked(self, world: World) -> str:
        at, words, who = self._at(world), self.expect.message, self.admission.as_
        if self.expect.accepted:
            sentences = [say("{object} is accepted in namespace {namespace}.", **at)]
        else:
            sentences = [say("{object} is refused in namespace {namespace}.", **at)]
        sentences += [] if words is None else [texts.asked("message", words)]
        sentences += [say("{who} sends it.", who=who.spoken(world))] if who else []
        return " ".join(sentences)

    def _namespace(self, world: World) -> str:
        return str((self.admission.manifest.get("metadata") or {}).get("namespace") or world.namespace)

    def _spoken(self) -> str:
        name = (self.admission.manifest.get("metadata") or {}).get("name", "")
        return f"{self._kind.kind} {name}".strip()

    def _at(self, world: World) -> dict[str, str]:
        return {"object": self._spoken(), "namespace": self._namespace(world)}

    def _look(self, world: World) -> str:
        if world.list(in_force.POLICY) or world.list(in_force.POLICY_BINDING):
            return "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings"
        return f"kubectl describe namespace {self._namespace(world)}"


def _said(answer: Admission) -> str:
    return say("The API server says: {words}", words=one_line(answer.message, 400))
