"""Settings and conditions as pages say them: in words, with units, whatever there is."""

from typing import Any

import pytest

from bench.conditions.chain import describe_steps
from bench.conditions.params import REQUIRED
from bench.engines import ENGINES
from bench.report.settings import condition_text, setting_name, settings_text
from bench.types import Condition, RequestSpec, Step

UNITS = {"fraction": "%", "1/min": "a minute", "full scale": "of full scale"}
"""Units that a page writes otherwise than the step declares them."""


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("snr_db", ("SNR", "dB")),
        ("active_level_dbfs", ("active level", "dBFS")),
        ("to", ("to", "Hz")),
        ("kbps", ("", "kbit/s")),
        ("rate", ("share lost", "")),
        ("law", ("law", "")),
        ("time_scale", ("time scale", "")),
    ],
)
def test_a_number_is_said_in_words_with_its_unit(key, name):
    assert setting_name(key) == name


def condition(*steps: tuple[str, dict[str, Any]], **request: Any) -> Condition:
    own = tuple(Step(name=name, params=params) for name, params in steps)
    return Condition(id="own", steps=own, request=RequestSpec(**request))


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("the recording as it is", condition()),
        (
            "noise: SNR 0 dB, white, throughout, SNR measured from 50 Hz, SNR measured up to 7,000 Hz",
            condition(
                (
                    "noise",
                    {"snr_db": 0, "color": "white", "where": "throughout", "lead_in_s": 0.0}
                    | {"snr_from_hz": 50.0, "snr_to_hz": 7000.0},
                )
            ),
        ),
        (
            "resample: to 8,000 Hz, by soxr_vhq; then gain: \N{MINUS SIGN}6 dB",
            condition(("resample", {"to": 8000, "resampler": "soxr_vhq"}), ("gain", {"db": -6})),
        ),
        (
            "packet loss: share lost 1 to 5 %, drawn for each utterance, bursts of 3 packets, "
            "lost packets filled by opus",
            condition(("packet_loss", {"rate": {"min": 0.01, "max": 0.05}, "burst": 3, "conceal": "opus"})),
        ),
        (
            "noise: SNR 5 to 15 dB, drawn for each utterance",
            condition(("noise", {"snr_db": {"min": 5, "max": 15}})),
        ),
        (
            "G.711: mu-law; then sent as mu-law at 8,000 Hz in parts of 320 bytes; then said to be at 16,000 Hz",
            condition(
                ("g711", {"law": "mulaw"}),
                encoding="mulaw",
                sample_rate_hz=8000,
                chunk_bytes=320,
                declared_sample_rate_hz=16000,
            ),
        ),
        ("sent in flac files", condition(container="flac")),
        ("every term of the corpus sent along (at most 100, boost 2)", condition(keywords="corpus", keyword_boost=2)),
        ("a list of terms sent along (at most 100)", condition(keywords="private/terms.txt")),
    ],
)
def test_a_condition_is_said_with_every_number_nought_too_and_what_it_does_to_the_request(said, own):
    assert condition_text(own) == said


def sample(param):
    """A value that a step's parameter takes, never one that does nothing."""
    if param.choices:
        return param.choices[0]
    if param.is_list:
        return list(param.default)
    return {float: 1500.5, int: 1500, str: "recordings/"}.get(param.kind, {"a": 1})


@pytest.mark.parametrize("step", describe_steps(), ids=lambda step: step.name)
def test_every_parameter_of_every_step_is_said_with_its_unit_and_without_its_name_in_files(step):
    for param in step.params:
        for value in (sample(param), param.default):
            if value is REQUIRED or value is None or (value == 0 and param.name.endswith(("_s", "_hz"))):
                continue
            text = condition_text(condition((step.name, {param.name: value})))
            said = text.partition(": ")[2]
            unit = str(param._extra.get("unit", ""))
            assert UNITS.get(unit, unit) in said
            assert any(letter.isalnum() for letter in said)
            assert param.name not in said or "_" not in param.name


@pytest.mark.parametrize("engine", ENGINES.names())
def test_every_setting_of_every_engine_is_said_without_its_name_in_files(engine):
    for name, field in ENGINES.load(engine).Settings.model_fields.items():
        is_switch = "bool" in str(field.annotation)
        value: Any = [("word", 1.0)] if name == "keywords" else True if is_switch else 1234
        text = settings_text({name: value})
        assert "_" not in text
        assert "True" not in text
        assert text.endswith(": yes") is is_switch
        for ending in ("ms", "s", "bytes"):
            assert text.endswith(f" 1,234 {ending}") or not name.endswith(f"_{ending}")


def test_what_is_not_set_is_left_out_and_a_switch_that_is_off_is_said():
    settings = {"language": "en", "keepalive": False, "chunk_bytes": 4096, "extra": {}, "format": None}
    assert settings_text({**settings, "keywords": [("a", 2.0), ("b", 1.0)]}) == (
        "language en, idle streams kept open: no, audio sent in parts of 4,096 bytes, 2 terms sent along"
    )
