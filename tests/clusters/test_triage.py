"""kind's failures in a person's words, from texts that kind printed."""

from __future__ import annotations

import pytest

from tutor.clusters.kind.triage import explain, last_error

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
    ],
)
def test_the_cause_in_a_nodes_log_goes_before_kinds_symptom(log: str, title: str) -> None:
    assert explain("ERROR: failed to create cluster: failed to init node with kubeadm", log).title == title


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
