"""Expressions: what Kubernetes adds to CEL, and the words for what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.practice.admission.cel import CelError, evaluate, problem

OBJECT = {"spec": {"replicas": 3, "names": ["a", "b"], "labels": {"x": "1"}, "memory": "512Mi"}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("object.spec.?replicas.orValue(1)", 3),
        ("object.spec.?none.orValue(1)", 1),
        ("object.?status.conditions.orValue([])", []),
        ("object.?status.?conditions.hasValue()", False),
        ("object.spec.labels[?'y'].orValue('z')", "z"),
        ("'really.?not' == 'really' + '.?not'", True),
        ("quantity(object.spec.memory).isLessThan(quantity('1Gi'))", True),
        ("quantity('1Gi').compareTo(quantity('1024Mi'))", 0),
        ("quantity('1').add(quantity('500m')).sub(quantity('1')) == quantity('500m')", True),
        ("isQuantity('1Xi')", False),
        ("object.spec.names.join(',').upperAscii().split(',')", ["A", "B"]),
        ("'%s has %d' .format([object.spec.memory, 2])", "512Mi has 2"),
        ("object.spec.names.isSorted() && object.spec.names.indexOf('b') == 1", True),
        ("'a1b22'.findAll('[0-9]+')", ["1", "22"]),
        ("object.spec.names.exists_one(n, n == 'a') && !has(object.spec.none)", True),
        ("[1, 2, 3].sum() == 6 && [1, 2].max() == 2", True),
        ("sets.contains([1, 2], [1]) && sets.equivalent([1, 1], [1]) && math.greatest(1, 2) == 2", True),
    ],
)
def test_values(expression: str, value: Any) -> None:
    assert evaluate(expression, {"object": OBJECT}) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("object.none == 1", "no such key: none"),
        ("object.spec.labels['y'] == ''", "no such key: y"),
        ("object.spec.names[7] == ''", "index out of bounds: 7"),
        ("1 / 0 == 1", "division by zero"),
        ("object.spec.replicas > 'a'", "no such overload"),
    ],
)
def test_failures(expression: str, message: str) -> None:
    with pytest.raises(CelError) as caught:
        evaluate(expression, {"object": OBJECT})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "object.spec.replicas <=",
            "compilation failed: ERROR: <input>:1:24: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', "
            "'.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n"
            " | object.spec.replicas <=\n | .......................^",
        ),
        (
            "objct.spec.replicas <= 5",
            "compilation failed: ERROR: <input>:1:1: undeclared reference to 'objct' (in container '')\n"
            " | objct.spec.replicas <= 5\n | ^",
        ),
        (
            "object.spec.replicas <= variables.x",
            "compilation failed: ERROR: <input>:1:25: undeclared reference to 'variables' (in container '')\n"
            " | object.spec.replicas <= variables.x\n | ........................^",
        ),
        (
            "foo(1) == 2",
            "compilation failed: ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')\n"
            " | foo(1) == 2\n | ...^",
        ),
        (
            "object.spec.?replicas.orValue(1) == 2 && [1,2].sum() == 3 && object.spec.all(x, y)",
            "compilation failed: ERROR: <input>:1:81: undeclared reference to 'y' (in container '')\n"
            " | object.spec.?replicas.orValue(1) == 2 && [1,2].sum() == 3 && object.spec.all(x, y)\n"
            f" | {'.' * 80}^",
        ),
        ("object.spec.names.all(n, n.matches('^a'))", ""),
        (
            "cel.bind(n, object.spec.replicas, n > 1)",
            "compilation failed: "
            + "\n".join(
                f"ERROR: <input>:1:{column}: undeclared reference to '{name}' (in container '')\n"
                f" | cel.bind(n, object.spec.replicas, n > 1)\n | {'.' * (column - 1)}^"
                for column, name in ((1, "cel"), (9, "bind"), (10, "n"), (35, "n"))
            ),
        ),
        ("object.metadata.name.lowerAscii().split('-').join('') != '' && [1].map(x, x * 2)[0] == 2", ""),
        ("1 + 2", "must evaluate to bool but got int"),
        ("'a'", "must evaluate to bool but got string"),
    ],
)
def test_problems_are_told_as_a_real_server_tells_them(expression: str, message: str) -> None:
    assert problem(expression, frozenset({"object"}), "bool") == message
