"""The volumes of a Pod: emptyDir, ConfigMaps, Secrets, projected ones, the downward API, paths of the node, claims.

https://kubernetes.io/docs/concepts/storage/volumes/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.containers.volumes import Mount, Volume
from tutor.practice.kubelet.env import ConfigError, data_of, expand, field, resource_field

MODE = 0o644
Files = dict[str, tuple[bytes, int]]
"""Contents and mode of files by path."""
Token = Callable[[Obj, Obj], str]
"""Returns a token of a Pod's ServiceAccount: (Pod, `serviceAccountToken` source)."""


class MountError(Exception):
    """A volume cannot be set up: its name, and why."""

    def __init__(self, volume: str, message: str) -> None:
        super().__init__(message)
        self.volume, self.message = volume, message


class Disks:
    """What outlives Pods: the paths of nodes, and the data of PersistentVolumes."""

    def __init__(self) -> None:
        self._volumes: dict[tuple[str, str], Volume] = {}

    def get(self, owner: str, path: str) -> Volume:
        """Return the volume of a node (or of the cluster, for an empty name) at a path, or of that uid."""
        if (owner, path) not in self._volumes:
            self._volumes[owner, path] = Volume()
        return self._volumes[owner, path]

    def has(self, owner: str, path: str) -> bool:
        """Tell whether somebody has used that volume."""
        return (owner, path) in self._volumes

    def forget(self, owner: str, path: str) -> None:
        """Delete the data: its PersistentVolume is gone."""
        self._volumes.pop((owner, path), None)


class Volumes:
    """The volumes of one Pod, and what it takes to make and to refresh them."""

    def __init__(self, store: Store, disks: Disks, node: str, allocatable: Obj, token: Token) -> None:
        self._store, self._disks = store, disks
        self._node, self._allocatable, self._token = node, allocatable, token
        self._made: dict[str, Volume] = {}
        self._files: dict[str, Files] = {}
        self._tokens: dict[str, bytes] = {}

    def set_up(self, pod: Obj, facts: Mapping[str, str]) -> None:
        """Make what is not there yet, and refresh what comes from the API. Raises MountError."""
        for spec in pod["spec"].get("volumes") or []:
            name = spec["name"]
            try:
                files = self._contents(pod, spec, facts)
                if files is None:
                    if name not in self._made:
                        self._made[name] = self._other(pod, spec)
                elif files != self._files.get(name):
                    volume = self._made.setdefault(name, Volume())
                    modes = {path: mode for path, (_, mode) in files.items()}
                    volume.replace({path: data for path, (data, _) in files.items()}, modes=modes)
                    self._files[name] = files
            except ConfigError as error:
                raise MountError(name, str(error)) from error

    def mounts(self, container: Obj, env: Mapping[str, str]) -> list[Mount]:
        """Return what the container mounts."""
        found = []
        for mount in container.get("volumeMounts") or []:
            sub_path = mount.get("subPath") or expand(mount.get("subPathExpr") or "", env)
            name = mount["name"]
            read_only = bool(mount.get("readOnly")) or name in self._files
            path, volume = mount["mountPath"], self._made[name]
            found.append(Mount(path=path, volume=volume, sub_path=sub_path, read_only=read_only))
        return found

    def _other(self, pod: Obj, spec: Obj) -> Volume:
        """Return a volume that has no contents of its own."""
        if path := (spec.get("hostPath") or {}).get("path"):
            kind = spec["hostPath"].get("type") or ""
            if kind in ("Directory", "File") and not self._disks.has(self._node, path):
                why = f"hostPath type check failed, {path} is not a {kind.lower()}, unable to determine its type"
                raise ConfigError(f'{why}: path "{path}" does not exist')
            return self._disks.get(self._node, path)
        if claim := (spec.get("persistentVolumeClaim") or {}).get("claimName"):
            return self._claimed(pod["metadata"]["namespace"], claim)
        return Volume((spec.get("emptyDir") or {}).get("medium") or "")

    def _claimed(self, namespace: str, name: str) -> Volume:
        claim = self._store.get("persistentvolumeclaims", namespace, name)
        if claim is None:
            raise ConfigError(f'persistentvolumeclaim "{name}" not found')
        bound = claim["spec"].get("volumeName") or ""
        volume = self._store.get("persistentvolumes", "", bound) if bound else None
        if volume is None:
            raise ConfigError(f'PVC "{namespace}/{name}" is not bound')
        path = (volume["spec"].get("hostPath") or volume["spec"].get("local") or {}).get("path")
        provisioned = "pv.kubernetes.io/provisioned-by" in (volume["metadata"].get("annotations") or {})
        if path and not provisioned:
            return self._disks.get(self._node, path)
        return self._disks.get("", volume["metadata"]["uid"])

    def _contents(self, pod: Obj, spec: Obj, facts: Mapping[str, str]) -> Files | None:
        """Return the files that the API says, None for a volume of another kind."""
        if source := spec.get("projected"):
            mode, missing = source.get("defaultMode", MODE), []
            files: Files = {}
            for each in source.get("sources") or []:
                try:
                    files |= self._source(pod, each, mode, facts)
                except ConfigError as error:
                    missing.append(str(error))
            if missing:
                raise ConfigError(f"[{', '.join(missing)}]" if len(missing) > 1 else missing[0])
            return files
        for key in ("configMap", "downwardAPI"):
            if source := spec.get(key):
                return self._source(pod, {key: source}, source.get("defaultMode", MODE), facts)
        if source := spec.get("secret"):
            named = {**source, "name": source.get("secretName")}
            return self._source(pod, {"secret": named}, source.get("defaultMode", MODE), facts)
        return None

    def _source(self, pod: Obj, source: Obj, mode: int, facts: Mapping[str, str]) -> Files:
        namespace = pod["metadata"]["namespace"]
        for key, resource in (("configMap", "configmaps"), ("secret", "secrets")):
            if reference := source.get(key):
                optional = bool(reference.get("optional"))
                data = data_of(self._store, resource, namespace, reference["name"], optional=optional) or {}
                items = reference.get("items")
                if items is None:
                    return {name: (value, mode) for name, value in data.items()}
                for item in items:
                    if item["key"] not in data and not optional:
                        raise ConfigError(f"{resource[:-1]} references non-existent {_noun(key)} key: {item['key']}")
                return {
                    item["path"]: (data[item["key"]], item.get("mode", mode)) for item in items if item["key"] in data
                }
        if token := source.get("serviceAccountToken"):
            path = token["path"]
            if path not in self._tokens:
                self._tokens[path] = self._token(pod, token).encode()
            return {path: (self._tokens[path], mode)}
        files: Files = {}
        for item in (source.get("downwardAPI") or {}).get("items") or []:
            if reference := item.get("fieldRef"):
                text = field(pod, reference["fieldPath"], facts)
            else:
                reference = item["resourceFieldRef"]
                text = resource_field(pod, {}, reference, self._allocatable)
            files[item["path"]] = (text.encode(), item.get("mode", mode))
        return files


def _noun(kind: str) -> str:
    return "config" if kind == "configMap" else "secret"
