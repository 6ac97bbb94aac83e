"""The images that the practice cluster's registries hold."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from tutor.practice.containers.catalogue import BUSYBOX, CATALOGUE, Entry

_REFERENCE = re.compile(
    r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True)
class Image:
    """One image of the catalogue. `programs` are the names that its PATH finds."""

    reference: str
    """With registry and tag: `docker.io/library/nginx:1.29`."""
    tag: str
    entrypoint: list[str]
    cmd: list[str]
    env: dict[str, str]
    user: str
    """As in the image's config: empty for root, a name or a number."""
    working_dir: str
    programs: frozenset[str]
    size: int
    """In bytes, as pulled."""
    files: dict[str, bytes] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    stop_signal: str = "SIGTERM"

    @property
    def digest(self) -> str:
        """The digest of its manifest."""
        return "sha256:" + hashlib.sha256(self.reference.encode()).hexdigest()

    @property
    def image_id(self) -> str:
        """What a container's status calls it: repository and digest."""
        return f"{self.reference.rsplit(':', 1)[0]}@{self.digest}"


def reference_fault(reference: str) -> str:
    """Return what is wrong with an image's name, in the words of `distribution/reference`; empty if nothing is."""
    _, _, rest = _full(reference).partition("/")
    name = rest.partition("@")[0].partition(":")[0]
    if name.lower() != name:
        return f"invalid reference format: repository name ({name}) must be lowercase"
    return "" if _REFERENCE.fullmatch(rest) else "invalid reference format"


def normalize(reference: str) -> str:
    """Return the reference with registry, path and tag written out, as containerd does. Raises ValueError."""
    if fault := reference_fault(reference):
        raise ValueError(f'couldn\'t parse image name "{reference}": {fault}')
    full = _full(reference)
    return full if "@" in full or ":" in full.rsplit("/", 1)[1] else f"{full}:latest"


def _full(reference: str) -> str:
    """Return the reference with its registry."""
    first, _, rest = reference.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost" or first.lower() != first):
        return reference
    return f"docker.io/{reference}" if rest else f"docker.io/library/{reference}"


def find(reference: str) -> Image | None:
    """Return the image of a reference such as `nginx:1.29`; None for an unknown repository or tag."""
    try:
        full = normalize(reference)
    except ValueError:
        return None
    repository, tag = _split(full)
    entry = CATALOGUE.get(repository)
    if entry is None:
        return None
    if tag.startswith("sha256:"):
        known = (_image(repository, each, entry) for each in ("latest", entry.latest))
        return next((image for image in known if image.digest == tag), None)
    return _image(repository, tag, entry) if re.fullmatch(entry.tags, tag) else None


def pull_error(reference: str) -> str:
    """Return containerd's words for a reference that `find` does not know."""
    try:
        full = normalize(reference)
    except ValueError as error:
        return str(error)
    repository, _ = _split(full)
    words = f'failed to pull and unpack image "{full}": failed to resolve reference "{full}": '
    if repository in CATALOGUE or not full.startswith("docker.io/"):
        return f"{words}{full}: not found"
    return (
        f"{words}pull access denied, repository does not exist or may require authorization: "
        "server message: insufficient_scope: authorization failed"
    )


def _split(full: str) -> tuple[str, str]:
    if "@" in full:
        name, digest = full.split("@", 1)
        return re.sub(r":[^/]*$", "", name), digest
    repository, tag = full.rsplit(":", 1)
    return repository, tag


def _image(repository: str, tag: str, entry: Entry) -> Image:
    number = re.search(r"\d+(\.\d+)*", tag)
    version = number[0] if number else entry.latest
    if entry.latest.startswith(version + "."):
        version = entry.latest
    return Image(
        reference=f"{repository}:{tag}",
        tag=version,
        entrypoint=list(entry.entrypoint),
        cmd=list(entry.cmd),
        env={name: value.replace("{version}", version) for name, value in entry.env.items()},
        user=entry.user,
        working_dir=entry.working_dir,
        programs=frozenset(entry.programs) | (BUSYBOX if entry.shell else frozenset()),
        size=int(entry.megabytes * 1_000_000),
        files={path: text.replace("{version}", version).encode() for path, text in entry.files.items()},
        users=dict(entry.users),
        stop_signal=entry.stop_signal,
    )
