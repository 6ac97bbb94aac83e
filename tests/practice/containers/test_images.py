"""The catalogue and volumes."""

from __future__ import annotations

import pytest

from tutor.practice.containers import images
from tutor.practice.containers.volumes import Volume


@pytest.mark.parametrize(
    "reference",
    [
        "busybox", "busybox:1.36", "busybox:1.28.4", "nginx:1.29", "nginx:1.29-alpine", "nginx:alpine", "nginx:latest",
        "docker.io/library/nginx:1.28", "redis:7.4", "redis:7.4-alpine", "httpd:2.4", "postgres:17", "traefik:v3.6",
        "registry.k8s.io/pause:3.10",
        "registry.k8s.io/coredns/coredns:v1.14.6", "registry.k8s.io/kube-proxy:v1.37.2", "registry.k8s.io/etcd:3.7.0-0",
        "ubuntu:24.04", "debian:bookworm-slim", "mongo:7",
        "registry.k8s.io/metrics-server/metrics-server:v0.9.0", "docker.io/kindest/kindnetd:v20260820-69b56db7",
    ],
)  # fmt: skip
def test_known_images_have_a_digest_and_programs(reference: str) -> None:
    image = images.find(reference)
    assert image is not None
    assert image.image_id.count("@sha256:") == 1
    assert image.programs
    assert image.entrypoint or image.cmd


def test_unknown_tags_and_repositories_fail_in_containerds_words() -> None:
    assert images.find("nginx:1.92") is None
    assert images.pull_error("nginx:1.92") == (
        'failed to pull and unpack image "docker.io/library/nginx:1.92": failed to resolve reference '
        '"docker.io/library/nginx:1.92": docker.io/library/nginx:1.92: not found'
    )
    assert images.find("nosuch/thing") is None
    assert images.pull_error("nosuch/thing").endswith("server message: insufficient_scope: authorization failed")
    assert images.find("Bad:::name") is None
    assert "invalid reference format" in images.pull_error("Bad:::name")


def test_a_digest_leads_back_to_its_image() -> None:
    image = images.find("busybox:latest")
    assert image is not None
    found = images.find(f"busybox@{image.digest}")
    assert found is not None
    assert found.digest == image.digest


def test_a_volume_is_replaced_in_one_step() -> None:
    volume = Volume()
    volume.replace({"a": b"1", "sub/b": b"2"})
    volume.replace({"a": b"3"}, mode=0o400)
    names = {entry["name"] for entry in volume.fs.read_dir("/")}
    assert names == {"..2", "..data", "a"}
    assert volume.part("a") == b"3"
    assert volume.size() == 1


def test_parts_of_a_volume_are_shared_with_the_whole() -> None:
    volume = Volume("Memory")
    volume.write("logs/old", b"12345")
    part = volume.part("logs")
    assert isinstance(part, Volume)
    assert part.fs.read_file("/old") == b"12345"
    part.write("new", b"1234567")
    assert volume.part("logs") is part
