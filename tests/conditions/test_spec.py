"""Short forms of a condition, grids and ids, and every problem at once."""

from dataclasses import replace

import pytest

from bench.conditions.spec import parse_condition
from bench.errors import ConfigError
from bench.types import Condition, RequestSpec

PRESETS = {"phone": {"about": "x", "steps": [{"g711": "alaw"}, {"noise": {"snr_db": [5, 10]}}]}}


def parse(spec, **kwargs):
    return parse_condition(spec, presets=PRESETS, where="c.yaml: conditions[1]", **kwargs)


def ids(spec, **kwargs):
    return [condition.id for condition in parse(spec, **kwargs)]


def test_clean_has_no_steps():
    assert parse("clean", seed=4) == (Condition(id="clean", seed=4),)


@pytest.mark.parametrize(
    "spec",
    [{"noise": {"snr_db": 10}}, {"noise": 10}, [{"noise": 10}], {"steps": [{"noise": 10}]}],
)
def test_all_forms_of_one_step_mean_the_same_and_defaults_are_filled_in(spec):
    (condition,) = parse(spec)
    assert condition.id == "noise-snr_db-10"
    assert dict(condition.steps[0].params) == {
        "snr_db": 10,
        "color": "white",
        "where": "throughout",
        "lead_in_s": 0.0,
        "lead_out_s": 0.0,
        "snr_from_hz": 50.0,
        "snr_to_hz": 7000.0,
    }


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("g711", ["g711"]),
        ({"noise": {"snr_db": [20, 10, 0.5]}}, ["noise-snr_db-20", "noise-snr_db-10", "noise-snr_db-0.5"]),
        ({"noise": [20, 10]}, ["noise-snr_db-20", "noise-snr_db-10"]),
        ([{"resample": 8000}, {"gain": {"min": -3, "max": 3}}], ["resample-to-8000+gain-db--3..3"]),
        ({"request": {"encoding": ["mulaw", "alaw"]}}, ["request-encoding-mulaw", "request-encoding-alaw"]),
        (
            {"id": "x", "steps": [{"g726": [16, 32]}, {"gain": [0, 6]}]},
            [f"x-kbps-{k}-db-{d}" for k in (16, 32) for d in (0, 6)],
        ),
        ({"room": {"size_m": [5, 4, 3]}}, ["room-size_m-5_4_3"]),
        ("phone", ["phone-snr_db-5", "phone-snr_db-10"]),
        ([], ["clean"]),
    ],
)
def test_ids_are_readable(spec, expected):
    assert ids(spec) == expected


def test_a_given_id_wins_and_grid_values_follow_it():
    assert ids({"noise": [20, 10]}, id="street") == ["street-snr_db-20", "street-snr_db-10"]
    assert ids({"id": "own", "steps": ["g711"]}) == ["own"]


def test_request_is_filled_and_none_is_the_control():
    (condition,) = parse({"request": {"sample_rate_hz": 8000, "encoding": "mulaw", "keywords": ["a b", "c"]}})
    assert condition.request == RequestSpec(sample_rate_hz=8000, encoding="mulaw", keywords=("a b", "c"))
    assert parse({"id": "x", "request": {"keywords": "none"}})[0].request.keywords is None


def test_own_seed_wins():
    assert parse({"id": "x", "steps": ["g711"], "seed": 9}, seed=1)[0].seed == 9


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ("nois", ["expected clean, a preset or a step, got \"nois\"; did you mean 'noise'?"]),
        ("phon", ["did you mean 'phone'?"]),
        ([{}], ["expected one step, {name: parameters}, got none; write several steps"]),
        (
            {"noise": {"snr": 3, "color": "pinc"}},
            [
                "conditions[1].noise.snr: expected one of snr_db, color, where, lead_in_s, lead_out_s",
                "did you mean 'snr_db'?",
                "conditions[1].noise.snr_db: expected a number in -20..80 (dB), got nothing",
                "conditions[1].noise.color: expected one of white, pink, brown, got \"pinc\"; did you mean 'pink'?",
            ],
        ),
        (
            {"steps": [{"noise": "ten"}, {"resampl": 1}], "request": {"encoding": "mulow"}, "stps": 1},
            [
                'conditions[1].steps[0].noise.snr_db: expected a number in -20..80 (dB), got "ten"',
                "conditions[1].steps[1]: expected a step",
                "did you mean 'resample'?",
                "conditions[1].request.encoding: expected one of linear16, linear32, mulaw, alaw, opus",
                "conditions[1].stps: expected one of id, about, steps, request, seed, got an unknown key",
            ],
        ),
        ({"noise": {"snr_db": {"min": 9, "max": 3}}}, ["expected a number in -20..80 (dB)"]),
        ({"noise": {"snr_db": True}}, ["got True"]),
        ({"noise": []}, ["got an empty list"]),
        ({"amr_nb": 13}, ["expected one of 4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2 (kbit/s), got 13"]),
        ({"g722": 64}, ["conditions[1].g722: expected no parameters, got 64"]),
        ({"gain": 1, "g722": None}, ["write several steps as a list, for their order matters"]),
        ({"noise": [5, 5]}, ["remove the repeated value"]),
        ({"request": {"container": "flac", "encoding": "mulaw"}}, ["flac carries linear16 only"]),
        ({"steps": "g711"}, ["conditions[1].steps: expected a list of steps"]),
        ({"request": 5}, ["conditions[1].request: expected a mapping, got 5"]),
        ({"request": {"keywords": [1]}}, ["conditions[1].request.keywords: expected a list of terms"]),
        ({"id": "a/b", "steps": []}, ["conditions[1].id: expected letters, digits"]),
        ({"steps": [], "seed": "x"}, ["conditions[1].seed: expected a whole number"]),
        (7, ["conditions[1]: expected a step"]),
    ],
)
def test_every_problem_is_reported_with_its_place(spec, messages):
    with pytest.raises(ConfigError) as error:
        parse(spec)
    for message in messages:
        assert message in str(error.value)


def test_steps_that_make_other_audio_than_they_did_are_other_conditions_and_the_rest_are_what_they_were():
    slow, noisy = (parse(spec)[0] for spec in ({"tempo": 0.8}, {"noise": {"snr_db": 10}}))
    assert [step.version for step in (*slow.steps, *noisy.steps)] == [2, 1]
    before = replace(slow, steps=(replace(slow.steps[0], version=1),))
    assert slow.identity() != before.identity()
    assert "version" not in noisy.identity()["steps"][0]
    assert noisy.identity()["steps"][0] == {"name": "noise", "params": dict(noisy.steps[0].params)}
