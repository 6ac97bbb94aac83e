"""The learner's shell: kubectl set up for the exercise, and a prompt that names it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import yaml

from checkers.words import say
from tutor.errors import TutorError

BASH = """\
[ -r ~/.bashrc ] && . ~/.bashrc
{exports}
PROMPT_COMMAND=
PROMPT_DIRTRIM=1
PS1='({id}) \\w \\$ '
alias k=kubectl
if type _init_completion >/dev/null 2>&1 || [ -r /usr/share/bash-completion/bash_completion ]; then
  type _init_completion >/dev/null 2>&1 || . /usr/share/bash-completion/bash_completion
  . <(kubectl completion bash 2>/dev/null) && complete -o default -F __start_kubectl k
fi
"""
ZSH = """\
ZDOTDIR="$HOME"
[ -r ~/.zshrc ] && . ~/.zshrc
{exports}
precmd_functions=()
PROMPT='({id}) %1~ %# '
alias k=kubectl
if (( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -D; }}; then
  . <(kubectl completion zsh 2>/dev/null) && compdef k=kubectl
fi
"""
SH = """\
{exports}
PS1='({id}) ${{PWD##*/}} $ '
alias k=kubectl
"""


def environment(exercise: str, cluster: Path, namespace: str, kubectl: Path, folder: Path) -> dict[str, str]:
    """Return what a shell of the learner's needs, with its files made in `folder`.

    `cluster` is the cluster's kubeconfig: the learner gets a copy with the namespace set, which is theirs
    to change; it is made anew only when the cluster is another one. Raises TutorError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "kubeconfig"
        wanted = _with_namespace(yaml.safe_load(cluster.read_text(encoding="utf-8")), namespace)
        if not _same_cluster(config, wanted):
            _write_private(config, yaml.safe_dump(wanted, sort_keys=False))
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        link = programs / "kubectl"
        if not link.is_symlink() or link.readlink() != kubectl:
            link.unlink(missing_ok=True)
            link.symlink_to(kubectl)
    except (OSError, yaml.YAMLError) as error:
        raise TutorError(
            say("The shell for the exercise could not be prepared."),
            say("{folder}: {reason}.", folder=folder, reason=error),
            say("Make room on the disk, or make the directory writable, and try again."),
        ) from error
    path = os.environ.get("PATH", os.defpath)
    others = [each for each in path.split(os.pathsep) if each and each != str(programs)]
    return {
        "KUBECONFIG": str(config),
        "PATH": os.pathsep.join([str(programs), *others]),
        "KUBETUTOR_EXERCISE": exercise,
    }


def command(exercise: str, env: dict[str, str], folder: Path, shell: str | None = None) -> list[str]:
    """Return the argv of an interactive shell: `shell` or the learner's own where it is bash or zsh, else sh.

    The learner's own start-up file is read first, so that it looks like home; then ours.
    """
    program = Path(shell or os.environ.get("SHELL") or "/bin/sh")
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items())
    if program.name == "bash":
        rc = _write(folder / "bashrc", BASH.format(exports=exports, id=exercise))
        return [str(program), "--rcfile", str(rc), "-i"]
    if program.name == "zsh":
        rc = _write(folder / "zsh" / ".zshrc", ZSH.format(exports=exports, id=exercise))
        return ["env", f"ZDOTDIR={rc.parent}", str(program), "-i"]
    rc = _write(folder / "shrc", SH.format(exports=exports, id=exercise))
    return ["env", f"ENV={rc}", "/bin/sh", "-i"]


def _with_namespace(config: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Return the kubeconfig with the namespace of its current context set."""
    contexts = [
        each | {"context": each["context"] | {"namespace": namespace}}
        if each["name"] == config["current-context"]
        else each
        for each in config["contexts"]
    ]
    return config | {"contexts": contexts}


def _same_cluster(config: Path, wanted: dict[str, Any]) -> bool:
    """Tell whether the learner's kubeconfig still leads to the cluster that is wanted."""
    try:
        found = yaml.safe_load(config.read_text(encoding="utf-8"))
        names = {each["name"] for each in found["contexts"]}
        return bool(
            all(found[part] == wanted[part] for part in ("clusters", "users")) and found["current-context"] in names
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return False


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
