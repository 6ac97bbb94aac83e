"""YAML as kubectl reads it: plain data, beside the nodes that know their lines.

What PyYAML leaves to chance is refused: a key given twice, an anchor inside itself, tags.
Dates and times of day stay text, as in Kubernetes (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

from __future__ import annotations

import operator
from collections.abc import Hashable
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

try:
    from yaml import CSafeLoader as _Base  # ten times faster, where libyaml is there
except ImportError:
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_TAG = "tag:yaml.org,2002:"
_TEXT = f"{_TAG}str"
_LEFT_AS_TEXT = (f"{_TAG}timestamp", f"{_TAG}value")


class YamlFault(Exception):
    """What is wrong in a YAML text; `line` counts from 0."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Loader(_Base):
    """Makes nodes, in two thirds of PyYAML's time."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
        first: [(tag, regex) for tag, regex in rules if tag not in _LEFT_AS_TEXT]
        for first, rules in _Base.yaml_implicit_resolvers.items()
    }

    # PyYAML asks these two at every node; nobody here uses its paths, and builtins answer fastest.
    descend_resolver = staticmethod(operator.is_)  # type: ignore[assignment]
    ascend_resolver = staticmethod(bool)  # type: ignore[assignment]

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        """Return the tag of a node without one."""
        if kind is not ScalarNode:
            return f"{_TAG}map" if kind is MappingNode else f"{_TAG}seq"
        if implicit[0]:
            for tag, regex in self.yaml_implicit_resolvers.get(value[:1], ()):
                if regex.match(value):
                    # 12:30 is 750 for PyYAML, and a text for kubectl.
                    return _TEXT if ":" in value else str(tag)
        return _TEXT


def load_documents(text: str) -> list[tuple[Any, Node]]:
    """Return each document of `text` as data and node; documents without anything are None. Raises YamlFault."""
    documents: list[tuple[Any, Node]] = []
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            if node is not None:  # the loader's way to say that there is no more
                documents.append((_data(loader, node, set()), node))
    except yaml.MarkedYAMLError as error:
        raise _fault(text, error) from None
    except yaml.reader.ReaderError as error:
        raise YamlFault(text[: error.position].count("\n"), f"not YAML: {error.reason}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlFault(0, f"not YAML: {error}") from None
    return documents


def find_line(node: Node | None, place: tuple[str | int, ...]) -> int:
    """Return the line, from 0, of `place` inside `node`, or of the nearest thing around it."""
    found = node.start_mark.line if node is not None else 0
    for step in place:
        child = _child(node, step)
        if child is None:
            break
        key, node = child
        found = key.start_mark.line
    return int(found)


def _child(node: Any, step: str | int) -> tuple[Node, Node] | None:
    """Return the nodes of the key and of the value at `step`."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _data(loader: _Loader, node: Node, around: set[int]) -> Any:
    if isinstance(node, ScalarNode):
        return node.value if node.tag == _TEXT else _scalar(loader, node)
    if id(node) in around:
        _refuse(node, "the anchor holds itself")
    if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
        _refuse(node, f"the tag {node.tag} means nothing here; leave it out")
    around.add(id(node))
    made = _mapping(loader, node, around) if isinstance(node, MappingNode) else _list(loader, node, around)
    around.discard(id(node))
    return made


def _list(loader: _Loader, node: Node, around: set[int]) -> list[Any]:
    return [_data(loader, each, around) for each in node.value]


def _mapping(loader: _Loader, node: Node, around: set[int]) -> dict[Hashable, Any]:
    made: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            _refuse(key_node, "a key is a text, not a list or a mapping")
        if key_node.tag == f"{_TAG}merge":
            _refuse(key_node, "the merge key << is not read here; write the keys out")
        key = _data(loader, key_node, around)
        if key in made:
            _refuse(key_node, f"the key {key} is there twice, and only one of them would count")
        made[key] = _data(loader, value_node, around)
    return made


def _scalar(loader: _Loader, node: ScalarNode) -> Any:
    try:
        return loader.construct_object(node)
    except ValueError:
        _refuse(node, f"{node.value} is not the number that it looks like; write it in quotes")


def _refuse(node: Node, message: str) -> NoReturn:
    raise YamlFault(node.start_mark.line, message)


def _fault(text: str, error: yaml.MarkedYAMLError) -> YamlFault:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    lines = text.splitlines()
    here = lines[line] if line < len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return YamlFault(line, "not YAML: a tab; indent with spaces")
    return YamlFault(line, f"not YAML: {error.problem or error.context}")
