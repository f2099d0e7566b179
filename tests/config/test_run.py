import pytest

from bench.config import parse_config
from bench.errors import ConfigError, UsageError

GOOD = """
name: x
corpora: [quickstart-en]
engines: [{id: a, engine: pulse, settings: {language: en}}]
"""


def problems(text, *overrides):
    with pytest.raises(ConfigError) as caught:
        parse_config(text, where="c.yaml", overrides=overrides)
    return str(caught.value).splitlines()


def test_a_small_config_is_filled_with_defaults():
    config = parse_config(GOOD, where="c.yaml")
    assert config.corpora[0].source == "quickstart-en"
    assert config.modes == ("batch", "stream")
    assert config.retry.attempts == 3


def test_one_language_and_one_profile_need_no_list():
    text = GOOD.replace("[quickstart-en]", "[{source: quickstart-en, languages: en}]") + "profiles: lenient"
    config = parse_config(text, where="c.yaml")
    assert config.corpora[0].languages == ("en",)
    assert config.profiles == ("lenient",)


def test_every_problem_is_told_at_once_with_its_place():
    found = problems(
        """
name: x
sead: 1
corpora: [{source: a, limt: 3}]
engines: [{id: a, engine: pulse, modes: [bach]}, {engine: b}]
stream: {speed: fast, concurrency: 0}
"""
    )
    assert found == [
        "c.yaml: corpora[0].limt: expected one of the keys languages, limit, source, got an unknown key; "
        "did you mean 'limit'?",
        "c.yaml: engines[0].modes[0]: expected one of batch, stream, got 'bach'",
        "c.yaml: engines[1].id: expected a value, got nothing; this key is required",
        "c.yaml: stream.concurrency: expected a number of at least 1, got 0",
        "c.yaml: stream.speed: expected a number, got 'fast'",
        found[-1],
    ]
    assert found[-1].startswith("c.yaml: sead: expected one of the keys batch, ")
    assert found[-1].endswith("got an unknown key; did you mean 'seed'?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "name: x\n\tseed: 1",
            "c.yaml:2:1: expected YAML, got character '\\t' that cannot start any token; indent with",
        ),
        ("name: *x", "c.yaml:1:7: expected YAML, got undefined alias 'x'"),
        (GOOD + "---\nname: y", "c.yaml:5:1: expected YAML, got another document"),
        (GOOD.replace("name: x", "name:"), "c.yaml: name: expected text, got nothing"),
        (GOOD + "stream: {1: 2}", "c.yaml: stream[1]: expected a key that is text, got 1"),
        ("name: [x", "c.yaml:1:9: expected YAML"),
        ("- a\n- b", "c.yaml: expected a mapping with name, corpora, engines, got ['a', 'b']"),
        ("", "c.yaml: expected a mapping with name, corpora, engines, got None"),
        (GOOD.replace("[{id: a,", "[{id: a, engine: pulse}, {id: a,"), "c.yaml: engines: expected ids that differ"),
    ],
)
def test_what_is_no_config_is_told_so(text, message):
    assert problems(text)[0].startswith(message)


def test_overrides_reach_sections_and_list_items_by_index_or_id():
    config = parse_config(
        GOOD,
        where="c.yaml",
        overrides=["stream.concurrency=8", "engines.a.settings.language=hi", "engines.0.modes=[batch]", "seed=4"],
    )
    assert config.stream.concurrency == 8
    assert config.engines[0].settings == {"language": "hi"}
    assert config.engines[0].modes == ("batch",)
    assert config.seed == 4


@pytest.mark.parametrize("override", ["seed", "engines.b.id=x", "name.x=1"])
def test_an_override_that_fits_nowhere_is_refused(override):
    with pytest.raises(UsageError, match="--set"):
        parse_config(GOOD, where="c.yaml", overrides=[override])


def test_one_name_may_stand_where_a_list_is_expected():
    short = parse_config("{name: x, corpora: a, engines: pulse, modes: batch, conditions: clean}", where="c.yaml")
    long = parse_config(
        "{name: x, corpora: [{source: a}], engines: [{id: pulse, engine: pulse}], modes: [batch], conditions: [clean]}",
        where="c.yaml",
    )
    assert short == long
    assert parse_config("{name: x, corpora: [a], engines: [pulse, moonshine]}", where="c").engines[1].id == "moonshine"


def test_a_run_without_conditions_is_refused():
    with pytest.raises(ConfigError, match="conditions: expected at least 1 of them"):
        parse_config("{name: x, corpora: a, engines: pulse, conditions: []}", where="c.yaml")
