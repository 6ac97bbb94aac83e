"""The way of every request: defaults, admission, validation, ownership of fields, the store."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

from tutor.practice.api import errors
from tutor.practice.api.causes import invalid
from tutor.practice.api.deletion import Deletion, mark_deleted, ready_to_go
from tutor.practice.api.errors import Obj
from tutor.practice.api.identity import hold, named, require_namespace, unchanged
from tutor.practice.api.kinds import Kind, Kinds
from tutor.practice.api.meta import finalizer_faults, new_uid, suffix, validate_meta
from tutor.practice.api.request import SYSTEM, Plugin, Request, User
from tutor.practice.api.store import Store
from tutor.practice.api.strategy import CustomStrategy, Strategy
from tutor.practice.clock import Clock, stamp

Owned = Callable[[Obj | None, Obj, str, Kind, str], Obj]
"""Returns the new object with managedFields: (old, new, manager, kind, subresource)."""
Build = Callable[[Obj], Obj]
"""Makes the new object from a copy of the stored one: a patch, or a controller's change."""


class Api:
    """The API server without its HTTP: synchronous, so that every request is one step.

    All methods raise ApiError with the Status that a client would get.
    """

    def __init__(
        self,
        store: Store,
        kinds: Kinds,
        clock: Clock,
        *,
        strategies: Mapping[str, Strategy] | None = None,
        plugins: Sequence[Plugin] = (),
        owned: Owned | None = None,
    ) -> None:
        self.store, self.kinds, self.clock = store, kinds, clock
        self.strategies: dict[str, Strategy] = dict(strategies or {})
        self.plugins: list[Plugin] = list(plugins)
        self._owned = owned
        self._custom = {has_status: CustomStrategy(has_status=has_status) for has_status in (True, False)}

    def strategy(self, resource: str) -> Strategy:
        """Return the rules of a resource."""
        found = self.strategies.get(resource)
        return found or self._custom["status" in self.kinds.stored(resource).subresources]

    def get(self, resource: str, namespace: str, name: str) -> Obj:
        """Return an object; NotFound where there is none."""
        found = self.store.get(resource, namespace, name)
        if found is None:
            raise errors.not_found(resource, name)
        return found

    def create(
        self,
        resource: str,
        obj: Obj,
        namespace: str = "",
        *,
        who: User = SYSTEM,
        manager: str = "kube-controller-manager",
        dry_run: bool = False,
        warnings: list[str] | None = None,
        owned: bool = True,
    ) -> Obj:
        """Store a new object and return it; `obj` is not changed. Without `owned`, its managedFields are final."""
        kind = self.kinds.stored(resource)
        obj = copy.deepcopy(obj)
        named(kind, obj, namespace)
        strategy = self.strategy(resource)
        strategy.default(obj)
        if owned and self._owned:  # nobody owns what admission and the server itself add
            obj = self._owned(None, obj, manager, kind, "")
        meta = obj["metadata"]
        request = Request(
            operation="CREATE",
            kind=kind,
            namespace=meta.get("namespace") or "",
            name=meta.get("name") or "",
            object=obj,
            who=who,
            dry_run=dry_run,
            warnings=warnings if warnings is not None else [],
        )
        require_namespace(self.store, request)
        for plugin in self.plugins:
            plugin.mutate(request)
        for key in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
            meta.pop(key, None)
        meta |= {"uid": new_uid(), "creationTimestamp": stamp(self.clock.now())}
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"][:58] + suffix()
        self._allocate(strategy, request)
        strategy.prepare_create(obj)
        self._validate(kind, obj, strategy.validate(obj))
        request.warnings += strategy.warnings(obj, None)
        request.name = meta["name"]
        if self.store.get(resource, request.namespace, request.name) is not None:
            raise errors.already_exists(resource, request.name)
        for plugin in self.plugins:
            plugin.validate(request)
        if dry_run:
            return obj
        return self.store.put(resource, obj)

    def update(
        self,
        resource: str,
        obj: Obj,
        namespace: str = "",
        *,
        subresource: str = "",
        who: User = SYSTEM,
        manager: str = "kube-controller-manager",
        dry_run: bool = False,
        warnings: list[str] | None = None,
    ) -> Obj:
        """Replace an object, or its status with `subresource` "status"; its resourceVersion must be the newest."""
        kind = self.kinds.stored(resource)
        obj = copy.deepcopy(obj)
        meta = named(kind, obj, namespace)
        key = (meta.get("namespace") or "", meta.get("name") or "")
        if not key[1]:
            raise errors.bad_request("the name of the object must be given")
        if self.store.get(resource, *key) is None and self.strategy(resource).may_create_on_update and not subresource:
            return self.create(resource, obj, who=who, manager=manager, dry_run=dry_run, warnings=warnings)
        return self.change(
            resource,
            *key,
            lambda _: obj,
            subresource=subresource,
            who=who,
            manager=manager,
            dry_run=dry_run,
            warnings=warnings,
        )

    def change(
        self,
        resource: str,
        namespace: str,
        name: str,
        build: Build,
        *,
        subresource: str = "",
        who: User = SYSTEM,
        manager: str = "kube-controller-manager",
        dry_run: bool = False,
        warnings: list[str] | None = None,
        owned: bool = True,
    ) -> Obj:
        """Change an object: `build` is given a copy of the stored one and returns the new one.

        Nothing is stored, and no revision passes, where the two are equal.
        """
        kind = self.kinds.stored(resource)
        old = self.get(resource, namespace, name)
        new = build(copy.deepcopy(old))
        strategy = self.strategy(resource)
        hold(kind, new, old, unconditionally=strategy.may_update_unconditionally)
        strategy.default(new)
        if owned and self._owned:
            new = self._owned(old, new, manager, kind, subresource)
        request = Request(
            operation="UPDATE",
            kind=kind,
            namespace=namespace,
            name=name,
            object=new,
            old=old,
            subresource=subresource,
            who=who,
            dry_run=dry_run,
            warnings=warnings if warnings is not None else [],
        )
        for plugin in self.plugins:
            plugin.mutate(request)
        if subresource == "status":
            strategy.prepare_status(new, old)
            causes = strategy.validate_status(new, old)
        elif subresource and subresource != "scale":  # its handler has changed nothing but what is the subresource's
            causes = strategy.update_part(new, old, subresource)
        else:
            self._allocate(strategy, request)
            strategy.prepare_update(new, old)
            causes = strategy.validate_update(new, old)
        self._validate(kind, new, causes)
        if not subresource:
            request.warnings += strategy.warnings(new, old)
        for plugin in self.plugins:
            plugin.validate(request)
        if dry_run or unchanged(new, old):
            return new if dry_run else old
        if ready_to_go(new):
            return self.store.remove(resource, namespace, name) or new
        return self.store.put(resource, new)

    def set_status(
        self, resource: str, obj: Obj, status: Obj, *, manager: str = "kube-controller-manager"
    ) -> Obj | None:
        """Give the stored object of that name and uid a new status; None where it is gone."""

        def build(new: Obj) -> Obj:
            new["status"] = status
            return new

        meta = obj["metadata"]
        stored = self.store.get(resource, meta.get("namespace") or "", meta["name"])
        if stored is None or stored["metadata"]["uid"] != meta["uid"]:
            return None
        key = (meta.get("namespace") or "", meta["name"])
        return self.change(resource, *key, build, subresource="status", manager=manager)

    def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        deletion: Deletion | None = None,
        *,
        who: User = SYSTEM,
        dry_run: bool = False,
        warnings: list[str] | None = None,
    ) -> tuple[Obj, bool]:
        """Delete an object. Returns its last state and whether it is gone; finalizers and grace keep it for a while."""
        deletion = deletion or Deletion()
        kind = self.kinds.stored(resource)
        old = self.get(resource, namespace, name)
        deletion.check(resource, old)
        request = Request(
            operation="DELETE",
            kind=kind,
            namespace=namespace,
            name=name,
            object=None,
            old=old,
            who=who,
            dry_run=dry_run,
            warnings=warnings if warnings is not None else [],
        )
        for plugin in self.plugins:
            plugin.validate(request)
        new = mark_deleted(resource, old, deletion, self.clock.now())
        if new is not old:
            self.strategy(resource).prepare_delete(new, old)
        gone = ready_to_go(new)
        if dry_run:
            return new, gone
        if gone:
            if resource == "pods" and new is not old:  # watches see that it ends before it is gone
                self.store.put(resource, new)
            return self.store.remove(resource, namespace, name) or new, True
        return (old if unchanged(new, old) else self.store.put(resource, new)), False

    def _allocate(self, strategy: Strategy, request: Request) -> None:
        kind, obj = request.kind, request.object or {}
        if causes := strategy.allocate(self.store, obj, request.old, dry_run=request.dry_run):
            raise errors.invalid(kind.kind, kind.group, obj["metadata"].get("name") or "", causes)

    def _validate(self, kind: Kind, obj: Obj, causes: list[errors.Cause]) -> None:
        faults = self.strategy(kind.resource).name_faults
        found = validate_meta(obj, namespaced=kind.namespaced, faults=faults)
        if not kind.custom and kind.group != "apiextensions.k8s.io":
            for index, each in enumerate(obj["metadata"].get("finalizers") or []):
                found += [invalid(f"metadata.finalizers[{index}]", each, text) for text in finalizer_faults(each)]
        found += causes
        if found:
            raise errors.invalid(kind.kind, kind.group, obj["metadata"].get("name") or "", found)
