"""Namespaces: what every one gets, and how one goes."""

from __future__ import annotations

from tests.practice.scheduler.world import SPACE, World


async def test_every_namespace_gets_an_account_and_the_ca() -> None:
    async with World() as world:
        assert world.there("serviceaccounts", "default")
        assert world.get("configmaps", "kube-root-ca.crt")["data"] == {"ca.crt": "CA"}
        world.delete("configmaps", "kube-root-ca.crt")
        world.delete("serviceaccounts", "default")
        world.create("namespaces", {"metadata": {"name": "new"}})
        await world.settle()
        assert world.there("serviceaccounts", "default")
        assert world.there("configmaps", "kube-root-ca.crt")
        assert world.there("serviceaccounts", "default", "new")


async def test_a_changed_ca_is_put_right() -> None:
    async with World() as world:
        world.change("configmaps", "kube-root-ca.crt", data={"ca.crt": "mine"})
        await world.settle()
        assert world.get("configmaps", "kube-root-ca.crt")["data"] == {"ca.crt": "CA"}


async def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    async with World() as world:
        world.create("deployments.apps", {"metadata": {"name": "web"}, "spec": {}}, SPACE)
        world.delete("namespaces", SPACE, "")
        await world.run(4)
        assert world.get("namespaces", SPACE, "")["status"]["phase"] == "Terminating"
        assert world.there("deployments.apps", "web")
        await world.run(2)
        assert not world.there("namespaces", SPACE, "")
        assert not world.there("deployments.apps", "web")
        assert not world.store.list("serviceaccounts", SPACE)


async def test_it_says_what_keeps_a_namespace() -> None:
    async with World() as world:
        world.create("configmaps", {"metadata": {"name": "stuck", "finalizers": ["example.com/stuck"]}}, SPACE)
        world.pod("web")
        await world.settle()
        world.delete("namespaces", SPACE, "")
        await world.run(6)

        def said(kind: str) -> tuple[str, str, str]:
            found = world.condition("namespaces", SPACE, kind, "")
            return found["status"], found["reason"], found["message"]

        assert said("NamespaceContentRemaining") == (
            "True",
            "SomeResourcesRemain",
            "Some resources are remaining: configmaps. has 1 resource instances, pods. has 1 resource instances",
        )
        assert said("NamespaceFinalizersRemaining") == (
            "True",
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: example.com/stuck in 1 resource instances",
        )
        assert said("NamespaceDeletionContentFailure")[1:] == (
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        )
        world.delete("pods", "web", grace=0)
        await world.settle()
        assert said("NamespaceContentRemaining")[2].endswith("configmaps. has 1 resource instances")
        world.change("configmaps", "stuck", metadata={"finalizers": []})
        await world.settle()
        assert not world.there("namespaces", SPACE, "")
