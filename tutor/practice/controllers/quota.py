"""ResourceQuotas: what a namespace uses of what it may.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from typing import ClassVar

from tutor.practice.admission.usage import used
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers.podtools import is_finished
from tutor.practice.controllers.queue import Controller

CHANGING = ("pods", "services", "persistentvolumeclaims")
"""Resources of which an object may come to use more, or less."""


class QuotaController(Controller):
    """Counts again whenever something in the namespace changes."""

    name: ClassVar[str] = "resourcequota-controller"
    resource: ClassVar[str] = "resourcequotas"

    def reconcile(self, obj: Obj) -> None:
        """Write `status.hard` and `status.used`."""
        hard = dict(obj["spec"].get("hard") or {})
        counted = {
            name: str(amount)
            for name, amount in used(self.store, obj).items()
            if not name.startswith("count/") or name.removeprefix("count/") in self.api.kinds
        }
        self.api.set_status(self.resource, obj, {"hard": hard, "used": counted})

    def _hear(self, event: Event) -> None:
        super()._hear(event)
        namespace = event.object["metadata"].get("namespace")
        if namespace and event.resource != "events" and _counts_differently(event):
            for quota in self.store.list(self.resource, namespace):
                self.enqueue(key_of(quota))


def _counts_differently(event: Event) -> bool:
    new, old = event.object, event.old
    if event.type != "MODIFIED" or old is None:
        return True
    return event.resource in CHANGING and (old.get("spec") != new.get("spec") or is_finished(old) != is_finished(new))
