"""Placeholders, languages and terms as vendors write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engines import ENGINES
from bench.engines.dialect import templates
from bench.engines.dialect.engine import Vendor, unsaid
from bench.engines.dialect.model import Languages, Terms
from bench.engines.dialect.values import COMMON, notes, spoken_language, spoken_terms, values_of
from tests.engines.dialect.calling import call_of, engine_of

VENDORS = [name for name in ENGINES.names() if isinstance(ENGINES.load(name), Vendor)]


def test_a_text_that_is_one_placeholder_keeps_its_values_type():
    values = {"rate": 16000, "on": False, "name": "x", "list": ["a", "b"]}
    template = {"rate": "{rate}", "text": "{rate} Hz", "off": "{!on}", "list": "{list}", "gone": "{nothing}"}
    assert templates.filled(template, values) == {"rate": 16000, "text": "16000 Hz", "off": True, "list": ["a", "b"]}


def test_what_has_no_value_is_left_out_with_all_that_hangs_on_it_and_what_was_empty_stays():
    assert templates.filled({"a": {"b": ["{nothing}"]}, "c": {}, "d": ""}, {}) == {"c": {}, "d": ""}


@given(st.text(alphabet='{}"a\\', max_size=8))
def test_a_value_is_never_read_as_a_placeholder(value):
    made = templates.json_text({"x": "<{name}>"}, {"name": value, "a": "wrong"})
    assert json.loads(made) == ({"x": f"<{value}>"} if value else {})


def test_a_list_in_a_query_repeats_its_name():
    assert templates.pairs({"t": "{terms}", "o": {"k": "{n}"}, "f": "{no}"}, {"terms": ["a", "b c"], "n": 1}) == (
        ("t", "a"), ("t", "b c"), ("o", '{"k": 1}'),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("languages", "tag", "said"),
    [
        (Languages(), "en-IN", "en-IN"),
        (Languages(form="primary"), "en_IN", "en"),
        (Languages(form="underscore"), "en-US", "en_us"),
        (Languages(form="primary", map={"zh": "cmn"}), "zh-TW", "cmn"),
        (Languages(map={"en": "en-IN", "en-GB": "en-GB"}), "en-GB", "en-GB"),
        (Languages(map={"en": "en-US", "zh-TW": "cmn-Hant-TW"}), "en-IN", "en-IN"),
        (Languages(map={"en": "en-US", "zh-TW": "cmn-Hant-TW"}), "zh-TW", "cmn-Hant-TW"),
        (Languages(map={"en": "en-US"}), "EN", "en-US"),
        (Languages(form="primary", map={"en": "en-IN"}), "en-US", "en-IN"),
        (Languages(default="unknown"), None, "unknown"),
        (Languages(), "", None),
    ],
)
def test_languages_are_written_as_the_vendor_does(languages, tag, said):
    assert spoken_language(languages, tag) == said


@given(st.lists(st.tuples(st.text("ab ,", max_size=5), st.floats(0.5, 2))), st.none() | st.integers(1, 3))
def test_no_term_is_lost_without_being_told(wanted, limit):
    spoken = spoken_terms(Terms(limit=limit, max_chars=3), wanted)
    asked = {" ".join(term.split()) for term, _ in wanted if term.strip()}
    assert set(spoken.terms or ()) | set(spoken.dropped) == asked
    assert not set(spoken.terms or ()) & set(spoken.dropped)
    assert limit is None or len(spoken.terms or ()) <= limit


def test_weights_that_are_not_sent_are_told():
    assert spoken_terms(Terms(), [("a", 2.0)]).weights_dropped
    boosted = spoken_terms(Terms(entry={"value": "{term}", "boost": "{boost}"}), [("a", 2.0)])
    assert (boosted.terms, boosted.weights_dropped) == ([{"value": "a", "boost": 2.0}], False)
    assert spoken_terms(Terms(entry="{term}:{boost}", join=","), [("a", 2.0), ("b", 1.0)]).terms == "a:2,b:1"
    assert spoken_terms(None, [("a", 1.0)]).dropped == ("a",)


@pytest.mark.parametrize("name", VENDORS)
def test_every_common_setting_is_sent_or_said_to_be_out_of_reach(name):
    description = ENGINES.load(name).description
    for mode in ("batch", "stream"):
        if getattr(description, mode) is not None:
            assert unsaid(description, mode) == (), mode
            assert set(description.fixed.get(mode, {})) <= set(COMMON)


def _sent(engine) -> str:
    """Everything that a first call says but its audio."""
    said = []
    if engine.batch is not None:
        exchange = engine.batch.exchange(call_of("batch", seconds=0.1))
        request = exchange.first()
        said += [str(request.params), request.content[:3000].decode("latin-1"), str(exchange._values)]
    if hasattr(engine.stream, "connect"):
        call = call_of("stream", seconds=0.1)
        said += [str(engine.stream.connect(call).params), str(engine.stream.session(call).start())]
    elif engine.stream is not None:
        said.append(engine.stream.prepare(call_of("stream", seconds=0.1)).content.decode())
    return "\n".join(said)


@pytest.mark.parametrize("name", VENDORS)
def test_a_common_setting_changes_what_is_said(name):
    description = ENGINES.load(name).description
    told = {
        setting
        for setting in COMMON
        for mode in ("batch", "stream")
        if getattr(description, mode) is not None and setting not in description.fixed.get(mode, {})
        if not (mode == "batch" and setting == "endpointing_ms")
    }
    for setting in told:
        usual = getattr(ENGINES.load(name).Settings(), setting)
        other = 1000 if setting == "endpointing_ms" else not usual
        assert _sent(engine_of(name, "http://x")) != _sent(engine_of(name, "http://x", **{setting: other})), setting


@pytest.mark.parametrize(
    ("name", "asked_ms", "sent_ms"),
    [
        ("soniox", 700, None),
        ("soniox", 200, 500),
        ("soniox", 5000, 3000),
        ("deepgram_flux", 0, 500),
        ("deepgram_flux", 800, None),
        ("elevenlabs", 100, 300),
        ("elevenlabs", 3100, 3000),
        ("speechmatics", 2500, 2000),
        ("gladia", 0, 10),
    ],
)
def test_what_lies_outside_of_a_vendors_bounds_is_sent_as_the_nearest_and_told(name, asked_ms, sent_ms):
    factory = ENGINES.load(name)
    description, settings = factory.description, factory.Settings(endpointing_ms=asked_ms)
    about = factory.about_of(settings)
    values, spoken = values_of(description, settings, call_of("stream"), description.stream.accepts, None)
    told = {"settings_bounded": {"endpointing_ms": sent_ms}} if sent_ms is not None else {}
    assert notes(spoken) == told
    assert ("endpointing_ms" in about.unsaid["stream"]) == bool(told)
    name = next(name for name, derived in description.derived.items() if derived.within is not None)
    per = 1000 if description.derived[name].of == "endpointing_s" else 1
    assert values[name] * per == (asked_ms if sent_ms is None else sent_ms)
