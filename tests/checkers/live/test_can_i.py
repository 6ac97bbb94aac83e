"""`can_i` on a real cluster: from nothing to the right rights, by the misses that learners make."""

from __future__ import annotations

import pytest

from checkers.live.world import LiveWorld

from .conftest import Space
from .test_checks import fails, passes

pytestmark = pytest.mark.kind

READS = "{can_i: {as: {serviceaccount: robot}}, allowed: [get pods, list pods, get pods/log]}"
NO_MORE = "{can_i: {as: {serviceaccount: robot}}, denied: [list configmaps, get secrets, delete pods]}"


def test_a_robot_that_reads_logs(world: LiveWorld, space: Space) -> None:
    me = f"{space.name}:robot"
    space.kubectl("create", "serviceaccount", "robot")
    passes(NO_MORE, world)
    fails(READS, world, f"No RoleBinding in namespace {space.name} and no ClusterRoleBinding helps it.")
    space.kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods")
    fails(READS, world, "Role reader has a rule for it, but no binding that counts here names it.")
    space.kubectl("create", "rolebinding", "reads", "--role=reader", "--serviceaccount=default:robot")
    fails(READS, world, "RoleBinding reads names ServiceAccount robot in namespace default.")
    space.kubectl("delete", "rolebinding", "reads")
    space.kubectl("create", "rolebinding", "reads", "--role=reader", f"--serviceaccount={me}")
    fails(READS, world, "Role reader names pods; pods/log is a resource of its own.")
    space.kubectl("delete", "role", "reader")
    fails(READS, world, "RoleBinding reads names Role reader, which does not exist.")
    space.kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods,pods/log")
    passes(READS, world)
    passes(NO_MORE, world)


def test_too_much(world: LiveWorld, space: Space) -> None:
    group = f"system:serviceaccounts:{space.name}"
    space.kubectl("create", "rolebinding", "all-edit", "--clusterrole=edit", f"--group={group}")
    verdict = fails(NO_MORE, world, f"RoleBinding all-edit gives ClusterRole edit to Group {group}.")
    assert "RBAC: allowed by RoleBinding" in verdict.evidence
    space.kubectl("delete", "rolebinding", "all-edit")
    passes(NO_MORE, world)


def test_a_role_binding_gives_no_nodes(world: LiveWorld, space: Space) -> None:
    text = "{can_i: {as: {user: jane, groups: [auditors]}}, allowed: [list nodes]}"
    space.kubectl("create", "role", "nodes", "--verb=list", "--resource=nodes")
    space.kubectl("create", "rolebinding", "nodes", "--role=nodes", "--group=auditors")
    fails(text, world, f"RoleBinding nodes gives it in namespace {space.name} only, not in the whole cluster.")


def test_the_other_api_group(world: LiveWorld, space: Space) -> None:
    text = "{can_i: {as: {user: joe}}, allowed: [list deployments.apps]}"
    rules = '[{apiGroups: [""], resources: [deployments], verbs: [list]}]'
    space.apply(
        f"{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: deployer}}, rules: {rules}}}"
    )
    space.kubectl("create", "rolebinding", "deployer", "--role=deployer", "--user=joe")
    fails(text, world, 'Role deployer names deployments in the API group ""; the API has them in apps.')
