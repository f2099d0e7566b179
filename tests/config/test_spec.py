"""The one door for YAML: bounded, closed, and told in our own words."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bench.config.overrides import override, settings
from bench.config.spec import MAX_DEPTH, MAX_NODES, SpecModel, parse_yaml, read_spec, shown, validated
from bench.errors import ConfigError, UsageError


class Inner(SpecModel):
    size: Annotated[int, Field(ge=1)] = 1


class Outer(SpecModel):
    name: str
    kind: Literal["a", "b"] = "a"
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    inner: Inner = Inner()
    names: tuple[str, ...] = ()
    flag: bool = False


def said(data: object) -> str:
    with pytest.raises(ConfigError) as raised:
        validated(Outer, data, "x.yaml")
    return str(raised.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": 3}, "x.yaml: name: expected text, got 3"),
        ({"name": "n", "kind": "c"}, "x.yaml: kind: expected one of a, b, got 'c'"),
        ({"name": "n", "share": 2}, "x.yaml: share: expected a number of at most 1, got 2"),
        ({"name": "n", "share": "half"}, "x.yaml: share: expected a number, got 'half'"),
        ({"name": "n", "inner": 3}, "x.yaml: inner: expected a mapping of keys and values, got 3"),
        ({"name": "n", "inner": {"size": 1.5}}, "x.yaml: inner.size: expected a whole number, got 1.5"),
        ({"name": "n", "names": "abc"}, "x.yaml: names: expected a list, got 'abc'"),
        ({"name": "n", "flag": 7}, "x.yaml: flag: expected true or false, got 7"),
        ({"nam": "n", "name": "n"}, "x.yaml: nam: expected one of the keys"),
        ({"c [engines": 1, "name": "n"}, "x.yaml: c [engines: expected one of the keys"),
        ({"literal": 1, "name": "n"}, "x.yaml: literal: expected one of the keys"),
        ({0: 1, "name": "n"}, "x.yaml"),
        ({"": 1, "name": "n"}, "x.yaml"),
        ([1], "x.yaml: expected a mapping of keys and values, got [1]"),
        (None, "x.yaml: expected a mapping of keys and values, got nothing"),
    ],
)
def test_messages_are_ours_and_not_pydantics(data, message):
    assert message in said(data)
    assert "valid" not in said(data)
    assert "Input" not in said(data)
    assert "instance" not in said(data)


def test_all_problems_come_at_once():
    assert len(said({"kind": 1, "share": "x", "nmae": 2}).splitlines()) == 4


def test_aliases_that_stand_for_billions_are_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 11)]
    with pytest.raises(ConfigError, match=f"at most {MAX_NODES:,} values"):
        parse_yaml("\n".join(lines), "bomb.yaml")


@pytest.mark.parametrize("text", ["&a [*a]", "&a {x: {y: *a}}"])
def test_a_value_inside_itself_is_refused(text):
    with pytest.raises(ConfigError, match="values"):
        parse_yaml(text, "ring.yaml")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 5_000, 20_000])
def test_deep_nesting_is_refused(depth):
    with pytest.raises(ConfigError, match=f"at most {MAX_DEPTH} levels"):
        parse_yaml("[" * depth + "]" * depth, "deep.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "a: [1",
        "!!python/object/apply:os.system [ls]",
        "a: *unknown",
        "a: 1\n b: 2",
        "9" * 5_000,
        "a: \x1b",
        "{",
    ],
)
def test_what_is_no_yaml_is_one_message(text):
    with pytest.raises(ConfigError) as raised:
        parse_yaml(text, "bad.yaml")
    assert str(raised.value).startswith("bad.yaml")
    assert "\n" not in str(raised.value)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_what_is_yaml_reads_as_safe_load_does(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    assert parse_yaml(text, "x") == yaml.safe_load(text)


def test_files_that_cannot_be_read_are_one_message(tmp_path):
    cases = {tmp_path / "none.yaml": "No such file", tmp_path: "got a folder", Path("a\0b"): "null"}
    broken = tmp_path / "latin.yaml"
    broken.write_bytes(b"name: caf\xe9")
    cases[broken] = "a byte that is not at 9"
    for path, reason in cases.items():
        with pytest.raises(ConfigError, match=reason):
            read_spec(path, Outer, "a file")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "notepad.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\r\n")
    assert read_spec(path, Outer, "a file").name == "x"


def test_a_large_value_is_shown_by_its_size():
    assert shown(list(range(10**6))) == "1,000,000 values"
    assert len(shown("x" * 10**6)) == 80


@pytest.mark.parametrize("given_", ["a=[1", "a=!!python/name:os.system", "a=*x", f"a={'9' * 5_000}"])
def test_an_override_that_is_no_yaml_is_one_message(given_):
    with pytest.raises(ConfigError, match="--set a"):
        override({}, given_)


def test_overrides_reach_nested_places():
    data = {"engines": [{"id": "x", "settings": {}}], "stream": {}}
    for given_ in ("engines.x.settings.language=hi", "engines.0.price_per_minute=0.1", "stream.speed=2"):
        override(data, given_)
    assert data == {
        "engines": [{"id": "x", "settings": {"language": "hi"}, "price_per_minute": 0.1}],
        "stream": {"speed": 2},
    }
    with pytest.raises(UsageError, match="key=value"):
        override(data, "stream")
    assert settings(["a=1", "b=[x, y]"]) == {"a": 1, "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("010", "010"),
        ("08", "08"),
        ("0x1f", 31),
        ("0o17", "0o17"),
        ("-5", -5),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        (".inf", float("inf")),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'5'", "5"),
    ],
)
def test_what_only_yaml_1_1_takes_for_something_else_is_text(text, value):
    found = parse_yaml(f"key: {text}", "x.yaml")["key"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "x: {a: 1, a: 1}", "x:\n  - {b: {c: 1, 'c': 2}}"])
def test_a_key_that_is_there_twice_is_refused_with_its_place(text):
    with pytest.raises(ConfigError, match=r"x\.yaml:\d+:\d+: expected each key once, got '[abc]' again"):
        parse_yaml(text, "x.yaml")


def test_merged_keys_may_be_given_again():
    assert parse_yaml("base: &b {a: 1, c: 3}\nx: {<<: *b, a: 2}", "x.yaml")["x"] == {"a": 2, "c": 3}
