"""Bodies that are no objects, in the words of a real server."""

import pytest

from tutor.practice.schema import parsing

META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "unexpected end of JSON input (<empty>)"),
        ("{", "unexpected end of JSON input ({)"),
        ('{"a":1', 'unexpected end of JSON input ({"a":1)'),
        ('{"a":"x', 'unexpected end of JSON input ({"a":"x)'),
        ('{"a":1}}', "invalid character '}' after top-level value ({\"a\":1}})"),
        ('{"a":1} x', "invalid character 'x' after top-level value ({\"a\":1} x)"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string ({a:1})"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string ({\"a\":1,})"),
        ('{"a":tru}', "invalid character '}' in literal true (expecting 'e') ({\"a\":tru})"),
        ('{"a":NaN}', "invalid character 'N' looking for beginning of value ({\"a\":NaN})"),
        ("not json", "invalid character 'o' in literal null (expecting 'u') (6e6f74206a736f6e)"),
        ('{"a" 1}', "invalid character '1' after object key ({\"a\" 1})"),
        ('{"a":01}', "invalid character '1' after object key:value pair ({\"a\":01})"),
        ('{"a":[1 2]}', "invalid character '2' after array element ({\"a\":[1 2]})"),
        ('{"a":"\\x"}', 'invalid character \'x\' in string escape code ({"a":"\\x"})'),
        ('{"a":"\n"}', 'invalid character \'\\n\' in string literal ({"a":"\n"})'),
        ("[]", f"json: cannot unmarshal array into Go value of type {META} (5b5d)"),
        ("1", f"json: cannot unmarshal number into Go value of type {META} (31)"),
        (
            '{"kind":1,"apiVersion":"apps/v1"}',
            "json: cannot unmarshal number into Go struct field .kind of type string "
            '({"kind":1,"apiVersion":"apps/v ...)',
        ),
    ],
)
def test_json(body: str, words: str) -> None:
    with pytest.raises(ValueError, match="couldn't get version/kind; json parse error: ") as caught:
        parsing.parse_json(body.encode())
    refusal = parsing.unrecognized("Deployment", caught.value, body.encode())
    start = "the object provided is unrecognized (must be of type Deployment): couldn't get version/kind; "
    assert refusal.message == f"{start}json parse error: {words}"


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ValueError, match="exceeded max depth"):
        parsing.parse_json(b'{"a":' * 100_000)
    with pytest.raises(ValueError, match="yaml: "):
        parsing.parse_yaml(b"[" * 5_000)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a:\n\t- x", "yaml: line 2: found character that cannot start any token"),
        ('key: "unclosed', "yaml: found unexpected end of stream"),
        ("{", "yaml: line 1: did not find expected node content"),
    ],
)
def test_yaml_that_is_none(body: str, words: str) -> None:
    with pytest.raises(ValueError, match="^" + words):
        parsing.parse_yaml(body.encode())


def test_yaml_is_read_as_go_reads_it() -> None:
    body = b"""a: yes
b: 2020-01-01
c: 1.5
d: 0o7
e: 1e3
f: 1:30
g: n
1: x
true: y
base: &x {k: v}
more: {<<: *x, l: w}
---
other: 1
"""
    assert parsing.parse_yaml(body) == {
        "a": True,
        "b": "2020-01-01",
        "c": 1.5,
        "d": 7,
        "e": 1000.0,
        "f": "1:30",
        "g": False,
        "1": "x",
        "true": True,
        "base": {"k": "v"},
        "more": {"k": "v", "l": "w"},
    }
    assert parsing.parse_yaml(b"") == {}


def test_null_is_an_empty_object() -> None:
    assert parsing.parse_json(b"null") == {}


def test_patches() -> None:
    assert parsing.parse_patch(b'[{"op": "remove", "path": "/x"}]') == [{"op": "remove", "path": "/x"}]
    for body in (b"", b"{", b"{}x", b"[" * 100_000):
        with pytest.raises(ValueError, match="invalid JSON patch"):
            parsing.parse_patch(body)
