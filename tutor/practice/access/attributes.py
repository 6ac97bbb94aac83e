"""What an authorizer decides about: one verb on one resource or path."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.practice.api.errors import ApiError
from tutor.practice.api.request import User

MASTERS = "system:masters"
"""The group that may do everything, whatever the roles say."""


@dataclass(frozen=True)
class Attributes:
    """A request as authorizers see it; `path` is set only where there is no resource."""

    who: User
    verb: str
    group: str = ""
    resource: str = ""
    """The plural."""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def combined(self) -> str:
        """As rules write it: `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def refusal(wanted: Attributes, reason: str = "") -> ApiError:
    """Return the 403 for what an authorizer refused."""
    tail = f": {reason}" if reason else ""
    who = f'User "{wanted.who.name}" cannot {wanted.verb}'
    if not wanted.resource:
        return ApiError(403, "Forbidden", f'forbidden: {who} path "{wanted.path}"{tail}', {})
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    what = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    named = f' "{wanted.name}"' if wanted.name else ""
    message = (
        f'{what}{named} is forbidden: {who} resource "{wanted.combined}" in API group "{wanted.group}" {where}{tail}'
    )
    details = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    return ApiError(403, "Forbidden", message, {key: value for key, value in details.items() if value})
