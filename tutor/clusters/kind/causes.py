"""What kind's failures look like, and what they mean: patterns captured from kind 0.33 and from its nodes.

The stories behind them: https://kind.sigs.k8s.io/docs/user/known-issues/
"""

from __future__ import annotations

from dataclasses import dataclass

from checkers.words import mark


@dataclass(frozen=True)
class Cause:
    """A pattern, and what it means; the sentences are translated when shown."""

    pattern: str
    title: str
    why: str
    hint: str
    symptom: bool = False
    """Whether it only says that something failed: the nodes' logs may know why."""


DOCTOR = mark("kubetutor doctor looks for the usual reasons: memory, cgroups, disk.")
NEWER_KIND = mark("Install kind 0.33 or later: https://kind.sigs.k8s.io/docs/user/quick-start/#installation")

TAKEN = Cause(
    r"node\(s\) already exist for a cluster",
    mark("A cluster of that name is there already."),
    mark("kind found nodes that the tutor did not make."),
    mark("Look at them with: kind get clusters"),
)
"""Nodes of that name are there."""
NAME_TAKEN = Cause(
    r"Conflict\. The container name",
    mark("A container of that name is there already."),
    mark("It does not belong to a kind cluster, so the tutor leaves it alone."),
    mark("Rename or remove it: docker ps --all"),
)
"""A container of that name is there, or is being made."""
SLOW_BOOT = Cause(
    r"could not find a log line that matches",
    mark("A node did not start within 30 seconds."),
    mark("The machine is very busy, or the node's systemd could not come up."),
    mark("Close other programs and try again; kubetutor doctor looks for the usual reasons."),
    symptom=True,
)

# In both tables the first that fits wins.
IN_OUTPUT = (
    Cause(
        r"executable file not found in \$PATH",
        mark("Docker is not installed."),
        mark("kind runs its nodes in Docker, and there is no docker on the PATH."),
        mark("Install Docker Engine or Docker Desktop, then run: kubetutor doctor"),
    ),
    Cause(
        r"(?i)permission denied while trying to connect to the docker",
        mark("You may not use Docker."),
        mark("Docker runs, but your user has no right to talk to it."),
        mark("sudo usermod -aG docker $USER, then log out and in. Members of that group can become root."),
    ),
    Cause(
        r"Cannot connect to the Docker daemon|error during connect|failed to connect to the docker API",
        mark("Docker stopped answering."),
        mark("The Docker daemon went away while the cluster was made."),
        mark("Start Docker Desktop, or: sudo systemctl start docker"),
    ),
    Cause(
        r"inotify_add_watch[^\n]*no space left on device|(?i:too many open files)",
        mark("The kernel's inotify limits are too low."),
        mark("Every node watches many files, and the host allows too few."),
        mark("sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"),
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
        r"failed to pull image.*x509: ",
        mark("The registry's certificate is not trusted."),
        mark("A proxy of your network seems to sign connections itself."),
        mark("Give Docker that proxy's CA certificate, or bring the image from a file: docker load -i FILE"),
    ),
    Cause(
        r"failed to pull image.*(?:proxyconnect|Proxy Authentication)",
        mark("The proxy refuses the download."),
        mark("Docker goes through a proxy, and that one does not let it pass."),
        mark("See Docker's proxy settings: docker info; or bring the image from a file: docker load -i FILE"),
    ),
    Cause(
        r"failed to pull image.*no matching manifest",
        mark("There is no node image for this processor."),
        mark("kind's images are made for amd64 and arm64."),
        mark("Use another machine, or an existing cluster: kubetutor --context NAME"),
    ),
    Cause(
        r"failed to pull image[^\n]*envoy",
        mark("The load balancer's image cannot be downloaded."),
        mark("A cluster with three control planes needs it, and the registry does not answer."),
        mark("Go online, or bring the image from a file: docker load -i FILE"),
    ),
    Cause(
        r"failed to pull image",
        mark("The node image cannot be downloaded."),
        mark("Docker has no kindest/node image that fits, and the registry does not answer."),
        mark("Go online, or bring the image from a file: docker load -i FILE"),
    ),
    TAKEN,
    Cause(
        r"address already in use|port is already allocated",
        mark("A port that the cluster needs is taken."),
        mark("Another program or container listens on it."),
        mark("Find it with: ss -ltnp; or: docker ps"),
    ),
    NAME_TAKEN,
    Cause(
        r"cannot assign requested address",
        mark("This machine has no address 127.0.0.1."),
        mark("kind binds the API server's port to it."),
        mark("Bring the loopback interface up: sudo ip link set lo up"),
    ),
    Cause(
        r"unknown containerd config version",
        mark("kind is older than the node image."),
        mark("It does not understand the image's settings."),
        NEWER_KIND,
    ),
    Cause(
        r"requires cgroup v2|Delegate=yes",
        mark("Rootless Docker lacks a setting."),
        mark("Rootless kind needs cgroup v2 and delegated controllers."),
        mark("See https://kind.sigs.k8s.io/docs/user/rootless/"),
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
        r"is not a valid cluster name|sethostname: invalid argument",
        mark("The cluster's name is not allowed."),
        mark("Names have small letters, digits, dots and dashes, and fewer than fifty of them."),
        mark("Choose another prefix."),
    ),
    Cause(
        r"unable to decode config|unknown apiVersion|failed to parse patches|failed to patch containerd config",
        mark("kind does not understand the tutor's configuration."),
        mark("Its version is not one that the tutor knows."),
        NEWER_KIND,
    ),
    SLOW_BOOT,
    Cause(
        r"failed to join node with kubeadm",
        mark("A node could not join the cluster."),
        mark("The nodes do not reach each other: a firewall or VPN, or a machine that is too busy."),
        mark("Try again with the VPN off; with firewalld set FirewallBackend=iptables."),
        symptom=True,
    ),
    Cause(
        r"failed to init node with kubeadm",
        mark("The control plane did not start."),
        mark("kubeadm gave up waiting for it."),
        DOCTOR,
        symptom=True,
    ),
    Cause(
        r"did not end within",
        mark("Making the cluster took too long."),
        mark("kind was stopped after a quarter of an hour."),
        DOCTOR,
        symptom=True,
    ),
)

IN_LOGS = (
    Cause(
        r"configured to not run on a host using cgroup v1",
        mark("The kubelet refuses cgroup v1."),
        mark("This host still uses cgroup v1, and Kubernetes 1.35 and later does not run there by default."),
        mark("Boot with systemd.unified_cgroup_hierarchy=1, or use a node image of 1.34."),
    ),
    Cause(
        r"(?i)too many open files|inotify_add_watch[^\n]*no space left on device|inotify watch limit",
        mark("The kernel's inotify limits are too low."),
        mark("Every node watches many files, and the host allows too few."),
        mark("sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"),
    ),
    Cause(
        r"no space left on device",
        mark("The disk is full."),
        mark("The nodes found no room for their data."),
        mark("Look at what Docker holds: docker system df"),
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
        r"unknown 'kubernetes\.io' or 'k8s\.io' labels",
        mark("The kubelet refuses a label of its node."),
        mark("Labels of Kubernetes itself may not be set by a node."),
        NEWER_KIND,
    ),
    Cause(
        r"Out of memory: Kill|oom-kill|SystemOOM|invoked oom-killer",
        mark("There is too little memory."),
        mark("The kernel ended a part of the cluster."),
        mark("Give Docker more memory, or remove other clusters: kubetutor cluster status"),
    ),
    Cause(
        r"token id .{0,40} is invalid|could not find a JWS signature",
        mark("The token to join the cluster has expired."),
        mark("kubeadm's tokens live for a day."),
        mark("Remove the cluster and begin again: kubetutor cluster down"),
    ),
    Cause(
        r"etcdserver: request timed out",
        mark("The disk is too slow for etcd."),
        mark("Every change of the cluster must reach the disk within seconds, and here it does not."),
        mark("Close other programs and other clusters, and try again."),
    ),
)
