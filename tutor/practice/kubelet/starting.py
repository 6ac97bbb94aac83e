"""Starting a container: its image, its configuration, its process, and the hook after it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tutor.practice.api.errors import Obj
from tutor.practice.clock import stamp
from tutor.practice.containers.images import Image
from tutor.practice.containers.sandbox import StartError
from tutor.practice.kubelet.container import Attempt, Container, Log
from tutor.practice.kubelet.ending import again, kill
from tutor.practice.kubelet.env import ConfigError, environment, expand, memory_limit
from tutor.practice.kubelet.hooks import HookError, run_hook
from tutor.practice.kubelet.images import NotStarted
from tutor.practice.kubelet.runtime import HOSTS, Config

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker

log = logging.getLogger("practice")


async def start(worker: Worker, container: Container) -> None:
    """Start the container. Raises NotStarted where it cannot be made; one that is made may have ended at once."""

    def tell(kind: str, reason: str, message: str) -> None:
        worker.tell(kind, reason, message, container)

    image = await worker.kubelet.images.ensure(container, tell)
    try:
        env = environment(worker.kubelet.store, worker.pod, container.spec, worker.facts(), worker.kubelet.allocatable)
        config = _config(worker, container, image, env)
    except ConfigError as error:
        tell("Warning", "Failed", f"Error: {error}")
        raise NotStarted("CreateContainerConfigError", str(error)) from error
    argv = [expand(each, env) for each in _argv(container.spec, image)]
    if not argv:
        made = secrets.token_hex(32)
        message = f'failed to generate container "{made}" spec: failed to generate spec: no command specified'
        tell("Warning", "Failed", f"Error: {message}")
        raise NotStarted("CreateContainerError", message)
    attempt = Attempt(Log(worker.clock), image, _identity(worker, config.user))
    try:
        attempt.sandbox = worker.kubelet.runtime.sandbox(config)
    except Exception as error:  # whatever the simulation cannot do must not end the Pod's life
        log.exception("%s: %s", worker.full_name, container.name)
        tell("Warning", "Failed", f"Error: {error}")
        raise NotStarted("CreateContainerError", str(error)) from error
    tell("Normal", "Created", "Container created")
    _begin(container, attempt)
    spec = container.spec
    try:
        attempt.process = attempt.sandbox.start(
            argv, cwd=spec.get("workingDir"), tty=bool(spec.get("tty")), stdin=bool(spec.get("stdin"))
        )
    except StartError as error:
        message = str(error)
        tell("Warning", "Failed", f"Error: {message}")
        attempt.log.close()
        attempt.ends(worker.clock, 128, "StartError", message)
        if again(worker, container):
            container.waiting = ("RunContainerError", message)
        return
    attempt.started_at = stamp(worker.clock.now())
    container.exited.clear()
    tell("Normal", "Started", "Container started")
    if hook := (spec.get("lifecycle") or {}).get("postStart"):
        try:
            await run_hook(worker, container, hook)
        except HookError as error:
            tell("Warning", "FailedPostStartHook", "PostStartHook failed")
            container.hook_failure = str(error)
            grace = worker.pod["spec"].get("terminationGracePeriodSeconds", 30)
            worker.begin(kill(worker, container, "FailedPostStartHook", grace))
            return
    worker.probes.begin(container)
    if "startupProbe" not in spec:
        container.up.set()


def _begin(container: Container, attempt: Attempt) -> None:
    if container.current:
        container.restarts += 1
    container.last, container.current = container.current, attempt
    container.waiting, container.hook_failure, container.killed = None, "", False


def _argv(spec: Obj, image: Image) -> list[str]:
    """Return the command line: `command` replaces the image's entry point and command, `args` the command."""
    if spec.get("command"):
        return [*spec["command"], *(spec.get("args") or [])]
    return [*image.entrypoint, *(spec.get("args") or image.cmd)]


def _config(worker: Worker, container: Container, image: Image, env: Mapping[str, str]) -> Config:
    """Return what the container is made of. Raises ConfigError."""
    pod, spec = worker.pod["spec"], container.spec
    security = {**(pod.get("securityContext") or {}), **(spec.get("securityContext") or {})}
    user = _user(worker, container, security, image)
    hostname = pod.get("hostname") or worker.pod["metadata"]["name"][:63]
    if pod.get("hostNetwork"):
        hostname = worker.kubelet.name
    return Config(
        pod=worker.pod,
        image=image,
        hostname=hostname,
        ip=worker.life.ip,
        env=dict(env),
        mounts=worker.volumes.mounts(spec, env),
        user=user,
        memory_limit=memory_limit(spec),
        read_only=bool(security.get("readOnlyRootFilesystem")),
        hosts=_hosts(worker, hostname),
        resolver=_resolver(worker),
    )


def _hosts(worker: Worker, hostname: str) -> str:
    pod, ip = worker.pod["spec"], worker.life.ip
    names, namespace = [hostname], worker.pod["metadata"]["namespace"]
    if pod.get("subdomain"):
        names.insert(0, f"{hostname}.{pod['subdomain']}.{namespace}.svc.cluster.local")
    tab = "\t"
    lines = f"{HOSTS}{ip}{tab}{tab.join(names)}\n"
    if aliases := pod.get("hostAliases"):
        lines += "\n# Entries added by HostAliases.\n"
        lines += "".join(f"{each['ip']}{tab}{tab.join(each.get('hostnames') or [])}\n" for each in aliases)
    return lines


def _resolver(worker: Worker) -> str:
    pod, domain = worker.pod["spec"], "svc.cluster.local"
    config = pod.get("dnsConfig") or {}
    names, search, options = [worker.kubelet.dns], [domain, "cluster.local"], {"ndots": "5"}
    search.insert(0, f"{worker.pod['metadata']['namespace']}.{domain}")
    if pod.get("dnsPolicy") == "None" or (pod.get("hostNetwork") and pod.get("dnsPolicy") == "ClusterFirst"):
        names, search, options = [], [], {}
    names, search = [*names, *(config.get("nameservers") or [])], [*search, *(config.get("searches") or [])]
    options |= {each["name"]: each.get("value") or "" for each in config.get("options") or []}
    words = " ".join(f"{name}:{value}" if value else name for name, value in options.items())
    text = f"search {' '.join(search)}\n" if search else ""
    text += "".join(f"nameserver {each}\n" for each in names)
    return text + (f"options {words}\n" if words else "")


def _identity(worker: Worker, user: tuple[int, int]) -> Obj:
    """Return `user` of a container's status."""
    security = worker.pod["spec"].get("securityContext") or {}
    groups = {user[1], *(security.get("supplementalGroups") or []), *filter(None, [security.get("fsGroup")])}
    return {"linux": {"gid": user[1], "supplementalGroups": sorted(groups), "uid": user[0]}}


def _user(worker: Worker, container: Container, security: Obj, image: Image) -> tuple[int, int]:
    named, _, group = image.user.partition(":")
    uid, known = security.get("runAsUser"), image.users
    if security.get("runAsNonRoot"):
        who = f'(pod: "{worker.full_name}", container: {container.name})'
        if uid == 0:
            raise ConfigError(f"container's runAsUser breaks non-root policy {who}")
        if uid is None and named and not named.isdigit():
            why = f"container has runAsNonRoot and image has non-numeric user ({named}), cannot verify user is non-root"
            raise ConfigError(f"{why} {who}")
        if uid is None and int(named or 0) == 0:
            raise ConfigError(f"container has runAsNonRoot and image will run as root {who}")
    if uid is None:
        uid = int(named) if named.isdigit() else known.get(named, 0)
    gid = security.get("runAsGroup")
    if gid is None:
        gid = int(group) if group.isdigit() else known.get(named, 0)
    return int(uid), int(gid)
