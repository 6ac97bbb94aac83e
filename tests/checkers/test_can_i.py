"""The check type `can_i`: the verdict is the API server's, the explanation is read from Roles and bindings.

The fake API server here answers by the same rules, unless a test makes it say otherwise.
"""

from __future__ import annotations

import pytest

from checkers.rbac import Action, Rbac, Who
from checkers.result import Verdict
from checkers.world import Kind, LookError, Subject

from .behaviour import look, problems
from .recorded import RecordedWorld

RBAC = "rbac.authorization.k8s.io/v1"
READS = "{can_i: {as: {serviceaccount: robot}}, allowed: [get pods, get pods/log]}"
NO_MORE = "{can_i: {as: {serviceaccount: robot}}, denied: [delete pods, list configmaps, get secrets]}"
LOOK = "kubectl auth can-i --list --as=system:serviceaccount:shop:robot"
ROBOT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "shop"}}
GROUP = "rbac.authorization.k8s.io"


def rule(verbs: str, resources: str, groups: str = "", names: str = "") -> dict:
    made = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": groups.split(",")}
    return made | ({"resourceNames": names.split()} if names else {})


def role(name: str, *rules: dict, namespace: str | None = "shop", labels: dict | None = None) -> dict:
    kind = "Role" if namespace else "ClusterRole"
    meta = {"name": name, "labels": labels or {}} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": RBAC, "kind": kind, "metadata": meta, "rules": list(rules)}


def binding(name: str, of: str, *subjects: dict, namespace: str | None = "shop") -> dict:
    kind, _, role_name = of.partition("/")
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"kind": kind, "name": role_name, "apiGroup": GROUP},
        "subjects": list(subjects),
    }


def account(name: str = "robot", namespace: str = "shop") -> dict:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def user(name: str) -> dict:
    return {"kind": "User", "name": name}


def group(name: str) -> dict:
    return {"kind": "Group", "name": name}


def world(*objects: dict, says: bool | None = None) -> RecordedWorld:
    made = RecordedWorld(ROBOT, *objects)

    def allows(who: Subject, verb: str, group: str, resource: str, *, name: str, namespace: str, subresource: str):
        grants = Rbac.of(made).grants(who, Action(verb, group, resource, subresource, name), namespace)
        allowed = bool(grants) if says is None else says
        return allowed, f'RBAC: allowed by {grants[0].kind} "{grants[0].name}"' if grants else ""

    made.allows = allows
    return made


READER = role("log-reader", rule("get list", "pods pods/log"))
VIEW = role(
    "view",
    rule("get list watch", "configmaps pods pods/log"),
    namespace=None,
    labels={"kubernetes.io/bootstrapping": "rbac-defaults"},
)


def near(text: str, *objects: dict) -> str:
    return look(text, world(*objects)).near


def test_allowed() -> None:
    assert look(READS, world(READER, binding("reads", "Role/log-reader", account()))) == Verdict(
        ok=True, found="ServiceAccount robot may get pods, get pods/log in namespace shop."
    )


def test_denied() -> None:
    assert look(NO_MORE, world(READER, binding("reads", "Role/log-reader", account()))) == Verdict(
        ok=True, found="ServiceAccount robot may not delete pods, list configmaps, get secrets in namespace shop."
    )


def test_nothing_was_made() -> None:
    assert look(READS, world()) == Verdict(
        ok=False,
        found="ServiceAccount robot may not get pods, get pods/log in namespace shop.",
        asked="ServiceAccount robot may get pods, get pods/log in namespace shop.",
        near="No RoleBinding in namespace shop and no ClusterRoleBinding helps it.",
        look=LOOK,
        path="get pods",
    )


def test_a_subresource_is_a_resource_of_its_own() -> None:
    made = world(role("log-reader", rule("get", "pods")), binding("reads", "Role/log-reader", account()))
    verdict = look(READS, made)
    assert verdict.found == "ServiceAccount robot may not get pods/log in namespace shop."
    assert verdict.near == "Role log-reader names pods; pods/log is a resource of its own."


def test_the_role_lacks_the_verb() -> None:
    made = (role("log-reader", rule("list watch", "pods")), binding("reads", "Role/log-reader", account()))
    assert near(READS, *made) == "Role log-reader allows list, watch on pods, and not get."


def test_the_api_group_is_another() -> None:
    text = "{can_i: {as: {serviceaccount: robot}}, allowed: [list deployments.apps]}"
    made = (role("deployer", rule("list", "deployments")), binding("b", "Role/deployer", account()))
    assert near(text, *made) == 'Role deployer names deployments in the API group ""; the API has them in apps.'
    core = (role("reader", rule("get", "pods pods/log", "apps")), binding("b", "Role/reader", account()))
    assert near(READS, *core) == 'Role reader names pods in the API group "apps"; the API has them in "".'


def test_the_resource_is_written_in_the_singular() -> None:
    made = (role("reader", rule("get", "pod")), binding("b", "Role/reader", account()))
    assert near(READS, *made) == "Role reader names pod, which is not a resource of the API."


def test_only_for_some_names() -> None:
    made = (role("reader", rule("get", "secrets", names="tls")), binding("b", "Role/reader", account()))
    text = "{can_i: {as: {serviceaccount: robot}}, allowed: [get secrets %s]}"
    assert look(text % "tls", world(*made)).ok
    assert near(text % "db", *made) == "Role reader allows it for objects of these names only: tls."


def test_the_binding_names_another_account() -> None:
    made = (READER, binding("reads", "Role/log-reader", account(namespace="default")))
    assert near(READS, *made) == "RoleBinding reads names ServiceAccount robot in namespace default."
    made = (READER, binding("reads", "Role/log-reader", account("robto")))
    assert near(READS, *made) == "RoleBinding reads names ServiceAccount robto."
    made = (READER, binding("reads", "Role/log-reader", user("robot")))
    assert near(READS, *made) == "RoleBinding reads names User robot."
    made = (READER, binding("reads", "Role/log-reader", user("shop:robot")))
    assert near(READS, *made) == "RoleBinding reads names User shop:robot."
    made = (READER, binding("reads", "Role/log-reader", group("gardeners")))
    assert near(READS, *made) == "RoleBinding reads gives it to others: Group gardeners."
    assert near(READS, READER, binding("reads", "Role/log-reader")) == "RoleBinding reads names nobody."


def test_the_binding_names_a_role_that_is_not_there() -> None:
    made = (READER, binding("reads", "Role/log-raeder", account()))
    assert (
        near(READS, *made)
        == "RoleBinding reads names Role log-raeder, which does not exist; there is one called log-reader."
    )
    made = (READER, binding("reads", "ClusterRole/log-reader", account()))
    assert (
        near(READS, *made)
        == "RoleBinding reads names ClusterRole log-reader, which does not exist; log-reader is a Role."
    )
    assert near(READS, binding("reads", "Role/x", account())) == "RoleBinding reads names Role x, which does not exist."


def test_the_binding_is_in_another_namespace() -> None:
    made = (
        role("log-reader", rule("get", "pods pods/log"), namespace="den"),
        binding("b", "Role/log-reader", account(), namespace="den"),
    )
    assert near(READS, *made) == "RoleBinding b is in namespace den: it counts there, not in namespace shop."


def test_a_role_that_nobody_binds() -> None:
    assert near(READS, READER) == "Role log-reader has a rule for it, but no binding that counts here names it."
    assert near(READS, role("idle", rule("get", "secrets"))) == "No binding that counts here names Role idle."
    assert near(READS, VIEW) == "No RoleBinding in namespace shop and no ClusterRoleBinding helps it."


def test_a_role_binding_where_the_whole_cluster_was_wanted() -> None:
    everywhere = "{can_i: {as: {serviceaccount: robot}, namespace: '*'}, allowed: [get pods]}"
    made = (READER, binding("reads", "Role/log-reader", account()))
    assert near(everywhere, *made) == "RoleBinding reads gives it in namespace shop only, not in the whole cluster."
    nodes = "{can_i: {as: {serviceaccount: robot}}, allowed: [list nodes]}"
    made = (role("nodes", rule("list", "nodes")), binding("b", "Role/nodes", account()))
    assert near(nodes, *made) == "RoleBinding b gives it in namespace shop only, not in the whole cluster."
    made = (
        role("nodes", rule("list", "nodes"), namespace=None),
        binding("b", "ClusterRole/nodes", account(), namespace=None),
    )
    assert look(nodes, world(*made)).ok


def test_a_role_without_rules() -> None:
    made = (role("empty"), binding("b", "Role/empty", account()))
    assert near(READS, *made) == "Role empty, given by RoleBinding b, has no rules."
    made[0]["rules"] = None
    assert near(READS, *made) == "Role empty, given by RoleBinding b, has no rules."


def test_too_much_by_a_wide_role() -> None:
    made = world(VIEW, binding("views", "ClusterRole/view", account()))
    assert look(NO_MORE, made) == Verdict(
        ok=False,
        found="ServiceAccount robot may list configmaps in namespace shop.",
        asked="ServiceAccount robot may not delete pods, list configmaps, get secrets in namespace shop.",
        near="RoleBinding views gives ClusterRole view to ServiceAccount robot.",
        evidence='RBAC: allowed by RoleBinding "views"',
        look=LOOK,
        path="list configmaps",
    )


def test_too_much_by_a_group() -> None:
    made = (VIEW, binding("all", "ClusterRole/view", group("system:serviceaccounts:shop"), namespace=None))
    assert near(NO_MORE, *made) == "ClusterRoleBinding all gives ClusterRole view to Group system:serviceaccounts:shop."
    made = (*made, binding("more", "ClusterRole/view", account()))
    assert near(NO_MORE, *made).endswith("; 1 other binding allows it, too.")


def test_too_much_by_an_asterisk() -> None:
    made = (role("all", rule("*", "*", "*")), binding("b", "Role/all", account()))
    verdict = look(NO_MORE, world(*made))
    assert verdict.found == "ServiceAccount robot may delete pods, list configmaps, get secrets in namespace shop."
    assert verdict.near == "RoleBinding b gives Role all to ServiceAccount robot."


def test_masters_may_everything() -> None:
    text = "{can_i: {as: {user: jane, groups: ['system:masters']}}, denied: [get pods]}"
    assert (
        look(text, world(says=True)).near
        == "Who is in the group system:masters may do everything; no Role changes that."
    )


def test_too_little_and_too_much_at_once() -> None:
    text = "{can_i: {as: {user: jane}}, allowed: [get pods], denied: [get secrets]}"
    verdict = look(text, world(role("r", rule("get", "secrets")), binding("b", "Role/r", user("jane"))))
    assert verdict.found == "User jane may not get pods in namespace shop. User jane may get secrets in namespace shop."
    assert verdict.near == "Role r allows get on secrets, and nothing on pods."


def test_the_api_server_has_not_heard_yet() -> None:
    made = world(READER, binding("reads", "Role/log-reader", account()), says=False)
    verdict = look(READS, made)
    assert verdict.healing
    assert verdict.near == ""
    assert not look(READS, world()).healing


def test_the_account_itself_is_missing() -> None:
    made = world().remove("ServiceAccount", "robot")
    assert look(READS, made).evidence == "Namespace shop has no ServiceAccount robot."
    made.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robots", "namespace": "shop"}})
    assert look(READS, made).evidence == "Namespace shop has no ServiceAccount robot; there is one called robots."


@pytest.mark.parametrize(
    ("who", "subject", "spoken"),
    [
        (
            Who(serviceaccount="den/bear"),
            Subject(
                "system:serviceaccount:den:bear",
                ("system:serviceaccounts", "system:serviceaccounts:den", "system:authenticated"),
            ),
            "ServiceAccount bear of namespace den",
        ),
        (Who(user="jane", groups=["dev"]), Subject("jane", ("dev", "system:authenticated")), "User jane"),
        (Who(groups=["dev", "ops"]), Subject("", ("dev", "ops", "system:authenticated")), "Group dev, ops"),
        (
            Who(user="system:anonymous"),
            Subject("system:anonymous", ("system:unauthenticated",)),
            "User system:anonymous",
        ),
    ],
)
def test_who_asks(who: Who, subject: Subject, spoken: str) -> None:
    assert who.subject(world()) == subject
    assert who.spoken(world()) == spoken


def test_users_groups_and_commands_to_look_with() -> None:
    text = "{can_i: {as: {user: jane, groups: [dev]}, namespace: den}, allowed: [get pods]}"
    assert look(text, world()).look == "kubectl auth can-i --list --as=jane --as-group=dev -n den"
    made = world(role("r", rule("get", "pods"), namespace="den"), binding("b", "Role/r", group("dev"), namespace="den"))
    assert look(text, made).ok


def test_custom_resources_know_their_own_scope() -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.sea.example"},
        "spec": {"group": "sea.example", "scope": "Cluster", "names": {"plural": "boats"}},
    }
    asked = []
    made = world(crd)
    made.allows = lambda who, verb, group, resource, **how: (
        asked.append((group, resource, how["namespace"])) or (True, "")
    )
    assert look("{can_i: {as: {user: jane}}, allowed: [get boats.sea.example, get crabs.sea.example]}", made).ok
    assert asked == [("sea.example", "boats", ""), ("sea.example", "crabs", "shop")]


def test_unicode_and_odd_roles() -> None:
    odd = [
        {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": "绑定", "namespace": "shop"}},
        {
            "apiVersion": RBAC,
            "kind": "Role",
            "metadata": {"name": "rôle", "namespace": "shop"},
            "rules": [{}, {"verbs": None}],
        },
        binding("b", "Role/rôle", account()),
        binding("c", "Role/rôle", {"kind": "User"}),
    ]
    assert look(READS, world(*odd)).near == "Role rôle, given by RoleBinding b, has no rules."


def test_what_changes_the_verdict() -> None:
    from .behaviour import check

    assert Kind(RBAC, "RoleBinding") in check(READS).reads()


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(READS, RecordedWorld(broken=LookError("gone")))


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("{as: {user: a}}", "needs allowed or denied"),
        ("{as: {}}, allowed: [get pods]", "a user, a serviceaccount or groups"),
        ("{as: {user: a, serviceaccount: b}}, allowed: [get pods]", "either a user or a serviceaccount"),
        (
            "{as: {user: a}}, allowed: [list deployments]",
            "deployments are in the API group apps: write deployments.apps",
        ),
        ("{as: {user: a}}, allowed: [list pod]", "there is no resource pod; did you mean pods?"),
        ("{as: {user: a}}, allowed: [lst pods]", "lst is not a verb of the API; did you mean list?"),
        ("{as: {user: a}}, denied: [pods]", "a verb and a resource"),
    ],
)
def test_what_is_wrong_with_a_check(rest: str, problem: str) -> None:
    assert problem in " ".join(problems(f"{{can_i: {rest}}}"))
