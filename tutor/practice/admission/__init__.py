"""What changes or refuses objects on their way into the store: limits, quotas, security levels, policies.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

from tutor.practice.access.csr import Certificates
from tutor.practice.access.rbac import Rbac
from tutor.practice.admission.accounts import ServiceAccounts
from tutor.practice.api.request import Plugin
from tutor.practice.api.store import Store
from tutor.practice.clock import Clock


def plugins(store: Store, rbac: Rbac, clock: Clock) -> list[Plugin]:
    """Return all plugins, in the order in which the API server asks them."""
    return [
        ServiceAccounts(store),
        Certificates(rbac, clock),
    ]
