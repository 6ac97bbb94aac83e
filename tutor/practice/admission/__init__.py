"""What changes or refuses objects on their way into the store: limits, quotas, security levels, policies.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

from tutor.practice.access.csr import Certificates
from tutor.practice.access.escalation import Escalation
from tutor.practice.access.rbac import Rbac
from tutor.practice.admission.accounts import ServiceAccounts
from tutor.practice.admission.limits import LimitRanger
from tutor.practice.admission.namespaces import NamespaceLifecycle
from tutor.practice.admission.nodes import DefaultTolerations, TaintNodes
from tutor.practice.admission.policies import ValidatingAdmissionPolicies
from tutor.practice.admission.priority import Priority
from tutor.practice.admission.quota import ResourceQuota
from tutor.practice.admission.security import PodSecurity
from tutor.practice.admission.storage import ClaimResize, DefaultClasses, StorageProtection
from tutor.practice.api.chain import Api
from tutor.practice.api.request import Plugin


def plugins(api: Api, rbac: Rbac) -> list[Plugin]:
    """Return all plugins, in the order in which the API server asks them; quotas come last."""
    store = api.store
    return [
        Escalation(rbac),
        NamespaceLifecycle(),
        LimitRanger(store),
        ServiceAccounts(store),
        TaintNodes(),
        PodSecurity(store),
        Priority(store),
        DefaultTolerations(),
        DefaultClasses(store),
        StorageProtection(),
        ClaimResize(store),
        Certificates(rbac, api.clock),
        ValidatingAdmissionPolicies(api),
        ResourceQuota(store),
    ]
