"""kind's failures in a person's words, from texts that kind printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.clusters.kind.causes import IN_LOGS, IN_OUTPUT
from tutor.clusters.kind.triage import explain, last_error, worth_another_try

DOCKER_INFO = 'ERROR: failed to create cluster: failed to get docker info: command "docker info" failed with error: '
CAPTURED = [
    (DOCKER_INFO + 'exec: "docker": executable file not found in $PATH', "Docker is not installed."),
    (
        DOCKER_INFO
        + "exit status 1\nCommand Output: Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
        " Is the docker daemon running?",
        "Docker stopped answering.",
    ),
    (
        DOCKER_INFO + "exit status 1\nCommand Output: permission denied while trying to connect to the Docker daemon"
        " socket at unix:///var/run/docker.sock",
        "You may not use Docker.",
    ),
    (
        'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0": command "docker pull" failed with'
        ' error: exit status 1\nCommand Output: Error response from daemon: Get "https://example.invalid/v2/": dial tcp:'
        " lookup example.invalid: no such host",
        "The node image cannot be downloaded.",
    ),
    (
        'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0"\nCommand Output: Error response'
        " from daemon: toomanyrequests: You have reached your pull rate limit.",
        "The registry allows no more downloads just now.",
    ),
    (
        'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0"\nCommand Output: x509: certificate'
        " signed by unknown authority",
        "The registry's certificate is not trusted.",
    ),
    (
        'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "kubetutor-single"',
        "A cluster of that name is there already.",
    ),
    (
        "ERROR: failed to create cluster: command failed\nCommand Output: docker: Error response from daemon: Conflict."
        ' The container name "/kubetutor-single-control-plane" is already in use by container "abc".',
        "A container of that name is there already.",
    ),
    (
        "Command Output: docker: Error response from daemon: driver failed programming external connectivity: Error"
        " starting userland proxy: listen tcp4 0.0.0.0:18080: bind: address already in use.",
        "A port that the cluster needs is taken.",
    ),
    (
        "Command Output: Bind for 0.0.0.0:18080 failed: port is already allocated",
        "A port that the cluster needs is taken.",
    ),
    (
        'ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*"',
        "A node did not start within 30 seconds.",
    ),
    (
        'ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec" failed with error',
        "The control plane did not start.",
    ),
    (
        'ERROR: failed to create cluster: failed to join node with kubeadm: command "docker exec" failed with error',
        "A node could not join the cluster.",
    ),
    (
        "ERROR: failed to create cluster: failed to lock config file: open kubeconfig.lock: file exists",
        "The tutor's kubeconfig is locked.",
    ),
    ("Command Output: write /var/lib/docker/tmp: no space left on device", "The disk is full."),
    (
        "ERROR: unknown containerd config version: 4 (supported versions: 2 and 3)",
        "kind is older than the node image.",
    ),
    (
        DOCKER_INFO
        + "exit status 1\nCommand Output: failed to connect to the docker API at unix:///var/run/docker.sock;"
        " check if the path is correct and if the daemon is running",
        "Docker stopped answering.",
    ),
    (
        'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0"\nCommand Output: Error response'
        " from daemon: proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused",
        "The proxy refuses the download.",
    ),
    (
        "failed to pull image kindest/node:v1.37.0@sha256:a1\nno matching manifest for linux/riscv64 in the manifest list",
        "There is no node image for this processor.",
    ),
    (
        'failed to pull image envoyproxy/envoy:v1.36.2\nError response from daemon: Get "https://example.invalid/v2/":'
        " dial tcp: lookup example.invalid: no such host",
        "The load balancer's image cannot be downloaded.",
    ),
    (
        "ERROR: failed to create cluster: failed to get random host port for port mapping: listen tcp 127.0.0.1:0: bind:"
        " cannot assign requested address",
        "This machine has no address 127.0.0.1.",
    ),
    (
        "ERROR: failed to create cluster: 'My Cluster' is not a valid cluster name, cluster names must match"
        " `^[a-z0-9.-]+$`",
        "The cluster's name is not allowed.",
    ),
    (
        "ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors:\n  line 3: field nodess not"
        " found in type v1alpha4.Cluster",
        "kind does not understand the tutor's configuration.",
    ),
    (
        "ERROR: failed to create cluster: unknown apiVersion: kind.x-k8s.io/v1alpha5",
        "kind does not understand the tutor's configuration.",
    ),
    (
        "ERROR: failed to create cluster: running kind with rootless provider requires cgroup v2",
        "Rootless Docker lacks a setting.",
    ),
    (
        "ERROR: failed to create cluster: failed to get kubeconfig to merge: yaml: line 2: mapping values are not allowed",
        "The tutor's kubeconfig cannot be read.",
    ),
    ("ERROR: kind did not end within 900 s.", "Making the cluster took too long."),
]


@pytest.mark.parametrize(("text", "title"), CAPTURED)
def test_the_cause_is_named_and_a_way_out(text: str, title: str) -> None:
    error = explain(text)
    assert error.title == title
    assert error.hint


@pytest.mark.parametrize(
    ("log", "title"),
    [
        ("E1123 kubelet is configured to not run on a host using cgroup v1", "The kubelet refuses cgroup v1."),
        ("failed to create fsnotify watcher: too many open files", "The kernel's inotify limits are too low."),
        ("exec /usr/local/bin/entrypoint: exec format error", "The node image is made for another processor."),
        ("failed to get rootfs info: failed to get device", "The kubelet cannot read the disk."),
        ("inotify_add_watch /sys/fs/cgroup: no space left on device", "The kernel's inotify limits are too low."),
        ("write /var/lib/containerd/x: no space left on device", "The disk is full."),
        ("Out of memory: Killed process 812 (kube-apiserver)", "There is too little memory."),
        (
            "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels",
            "The kubelet refuses a label of its node.",
        ),
        ("etcdserver: request timed out", "The disk is too slow for etcd."),
        (
            'token id "abcdef" is invalid for this cluster or it has expired',
            "The token to join the cluster has expired.",
        ),
        ('"Starting to listen" "oom_score_adj" inotify watches started', "The control plane did not start."),
    ],
)
def test_the_cause_in_a_nodes_log_goes_before_kinds_symptom(log: str, title: str) -> None:
    assert explain("ERROR: failed to create cluster: failed to init node with kubeadm", log).title == title


def test_a_clear_cause_in_kinds_output_goes_before_the_logs() -> None:
    words = "Command Output: Bind for 127.0.0.1:80 failed: port is already allocated"
    assert explain(words, "etcdserver: request timed out").title == "A port that the cluster needs is taken."


def test_the_log_that_was_kept_is_named(tmp_path: Path) -> None:
    kept = tmp_path / "failure.log"
    assert str(kept) in explain("ERROR: failed to init node with kubeadm", "log", kept).message
    assert "log" not in explain("ERROR: failed to pull image", "", kept).message, "there are no nodes yet"


def test_a_node_that_booted_too_slowly_gets_another_try_on_a_busy_machine_only() -> None:
    slow = 'could not find a log line that matches "Reached target .*Multi-User System.*"'
    assert worth_another_try(slow, "", load=3.0)
    assert not worth_another_try(slow, "", load=0.5)
    assert not worth_another_try(slow, "Too many open files", load=3.0)
    assert not worth_another_try("failed to init node with kubeadm", "", load=3.0)


def test_every_way_out_is_a_sentence_or_a_command() -> None:
    for cause in (*IN_OUTPUT, *IN_LOGS):
        assert cause.title.endswith("."), cause.title
        assert cause.why.endswith("."), cause.why
        assert cause.hint, cause.title


def test_what_nobody_has_seen_before_is_shown_as_it_is() -> None:
    error = explain("ERROR: failed to create cluster: the moon is full")
    assert error.title == "kind could not make the cluster."
    assert error.message == "failed to create cluster: the moon is full"


def test_of_a_long_failure_one_line_is_shown() -> None:
    output = (
        'ERROR: failed to create cluster: command "docker run --name x --very --long" failed with error: exit status 125'
        "\nCommand Output: docker: Error response from daemon: Bind for 127.0.0.1:80 failed: port is already allocated."
    )
    assert last_error(output) == "Bind for 127.0.0.1:80 failed: port is already allocated."
