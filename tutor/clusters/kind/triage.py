"""Why kind failed, in a person's words: patterns of its output and of the nodes' logs.

The texts were captured from kind 0.33; https://kind.sigs.k8s.io/docs/user/known-issues/ has the stories.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checkers.words import mark, say
from tutor.errors import TutorError


@dataclass(frozen=True)
class Cause:
    """A pattern, and what it means; the sentences are translated when shown."""

    pattern: str
    title: str
    why: str
    hint: str


# The first that fits wins: causes before symptoms.
CAUSES = (
    Cause(
        r"executable file not found in \$PATH",
        mark("Docker is not installed."),
        mark("kind runs its nodes in Docker, and there is no docker on the PATH."),
        mark("Install Docker Engine or Docker Desktop, then run: kubetutor doctor"),
    ),
    Cause(
        r"permission denied while trying to connect to the Docker daemon",
        mark("You may not use Docker."),
        mark("Docker runs, but your user has no right to talk to it."),
        mark("sudo usermod -aG docker $USER, then log out and in. Members of that group can become root."),
    ),
    Cause(
        r"Cannot connect to the Docker daemon|error during connect",
        mark("Docker stopped answering."),
        mark("The Docker daemon went away while the cluster was made."),
        mark("Start Docker Desktop, or: sudo systemctl start docker"),
    ),
    Cause(
        r"no space left on device",
        mark("The disk is full."),
        mark("Docker found no room for the nodes."),
        mark("Look at what it holds: docker system df"),
    ),
    Cause(
        r"toomanyrequests|pull rate limit",
        mark("The registry allows no more downloads just now."),
        mark("Docker Hub limits anonymous downloads by the hour."),
        mark("Sign in with docker login, or wait an hour."),
    ),
    Cause(
        r"failed to pull image.*(?:x509|certificate)",
        mark("The registry's certificate is not trusted."),
        mark("A proxy of your network seems to sign connections itself."),
        mark("Give Docker that proxy's CA certificate, or bring the image from a file: docker load -i FILE"),
    ),
    Cause(
        r"failed to pull image",
        mark("The node image cannot be downloaded."),
        mark("Docker has no kindest/node image that fits, and the registry does not answer."),
        mark("Go online, or bring the image from a file: docker load -i FILE"),
    ),
    Cause(
        r"node\(s\) already exist for a cluster",
        mark("A cluster of that name is there already."),
        mark("kind found nodes that the tutor did not make."),
        mark("Look at them with: kind get clusters"),
    ),
    Cause(
        r"address already in use|port is already allocated",
        mark("A port that the cluster needs is taken."),
        mark("Another program or container listens on it."),
        mark("Find it with: ss -ltnp; or: docker ps"),
    ),
    Cause(
        r"Conflict\. The container name",
        mark("A container of that name is there already."),
        mark("It does not belong to a kind cluster, so the tutor leaves it alone."),
        mark("Rename or remove it: docker ps --all"),
    ),
    Cause(
        r"configured to not run on a host using cgroup v1",
        mark("The kubelet refuses cgroup v1."),
        mark("This host still uses cgroup v1, and Kubernetes 1.35 and later does not run there by default."),
        mark("Boot with systemd.unified_cgroup_hierarchy=1, or use a node image of 1.34."),
    ),
    Cause(
        r"too many open files|inotify",
        mark("The kernel's inotify limits are too low."),
        mark("Every node watches many files, and the host allows too few."),
        mark("sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"),
    ),
    Cause(
        r"exec format error",
        mark("The node image is made for another processor."),
        mark("Its architecture is not this machine's."),
        mark("Remove it (docker image rm) and bring the one for this machine."),
    ),
    Cause(
        r"failed to get rootfs info",
        mark("The kubelet cannot read the disk."),
        mark("Docker's file system (btrfs, ZFS or an encrypted disk) hides its device from the node."),
        mark("See the known issues of kind: https://kind.sigs.k8s.io/docs/user/known-issues/"),
    ),
    Cause(
        r"unknown containerd config version",
        mark("kind is older than the node image."),
        mark("It does not understand the image's settings."),
        mark("Install kind 0.33 or later: https://kind.sigs.k8s.io/docs/user/quick-start/"),
    ),
    Cause(
        r"requires cgroup v2|Delegate=yes",
        mark("Rootless Docker lacks a setting."),
        mark("Rootless kind needs cgroup v2 and delegated controllers."),
        mark("See https://kind.sigs.k8s.io/docs/user/rootless/"),
    ),
    Cause(
        r"OOM|out of memory|Out of memory",
        mark("There is too little memory."),
        mark("The kernel ended a part of the cluster."),
        mark("Give Docker more memory, or remove other clusters: kubetutor cluster status"),
    ),
    Cause(
        r"could not find a log line that matches",
        mark("A node did not start within 30 seconds."),
        mark("The machine is very busy, or the node's systemd could not come up."),
        mark("Close other programs and try again; kubetutor doctor looks for the usual reasons."),
    ),
    Cause(
        r"failed to join node with kubeadm",
        mark("A node could not join the cluster."),
        mark("The nodes do not reach each other: a firewall or VPN, or a machine that is too busy."),
        mark("Try again with the VPN off; with firewalld set FirewallBackend=iptables."),
    ),
    Cause(
        r"failed to init node with kubeadm",
        mark("The control plane did not start."),
        mark("kubeadm gave up waiting for it."),
        mark("kubetutor doctor looks for the usual reasons: memory, cgroups, disk."),
    ),
    Cause(
        r"failed to lock config file",
        mark("The tutor's kubeconfig is locked."),
        mark("A lock was left behind by a program that was ended."),
        mark("Try again; the tutor removes its own lock."),
    ),
    Cause(
        r"failed to get kubeconfig|kubeconfig to merge",
        mark("The tutor's kubeconfig cannot be read."),
        mark("The file is damaged."),
        mark("Try again; the tutor writes it anew."),
    ),
    Cause(
        r"is not a valid cluster name",
        mark("The cluster's name is not allowed."),
        mark("Names have small letters, digits, dots and dashes."),
        mark("Choose another prefix."),
    ),
    Cause(
        r"unable to decode config|unknown apiVersion|failed to parse patches",
        mark("kind does not understand the tutor's configuration."),
        mark("Its version is not one that the tutor knows."),
        mark("Install kind 0.33 or later: https://kind.sigs.k8s.io/docs/user/quick-start/"),
    ),
)


def explain(output: str, logs: str = "") -> TutorError:
    """Return why kind failed, from its error output and the nodes' logs."""
    for text in (logs, output):
        for cause in CAUSES if text is output else CAUSES[10:17]:
            if re.search(cause.pattern, text, re.DOTALL):
                line = last_error(output)
                why = f"{say(cause.why)}\n{line}" if line else say(cause.why)
                return TutorError(say(cause.title), why, say(cause.hint))
    return TutorError(
        say("kind could not make the cluster."),
        last_error(output) or output.strip()[-500:],
        say("kubetutor doctor looks for the usual reasons."),
    )


def last_error(output: str) -> str:
    """Return the one line of kind's output that says most: the daemon's own, else kind's `ERROR:` line, shortened."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    daemon = [line for line in lines if "Error response from daemon:" in line]
    if daemon:
        return daemon[-1].partition("Error response from daemon:")[2].strip()[:300]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return errors[-1].removeprefix("ERROR: ")[:300] if errors else ""
