"""A trial's identity knows what its condition draws on."""

import pytest

from bench.conditions.spec import parse_condition
from bench.config import parse_config
from bench.execution.inputs import Sources, vocabulary
from bench.execution.plan import resolve
from tests.execution.test_plan import manifest

CONFIG = """
name: x
corpora: [m]
engines: [{{id: a, engine: pocketsphinx}}]
modes: [batch]
conditions: [clean, {condition}]
"""


def ids(condition, number=6, **sources):
    config = parse_config(CONFIG.format(condition=condition), where="c.yaml")
    plan = resolve(config, {"m": manifest(number)}, where="c.yaml", sources=Sources(**sources))
    return {trial.condition_id: trial.id for trial in plan.trials if trial.utterance_id == "m/u0"}


@pytest.mark.parametrize(
    ("condition", "looks"),
    [
        ("{id: c, steps: [{noise_from: {path: noise, snr_db: 5}}]}", ({"fingerprint": str}, {"fingerprint": repr})),
        ("{id: c, request: {keywords: t.txt}}", ({"read_lines": lambda _: ["a"]}, {"read_lines": lambda _: ["b"]})),
    ],
)
def test_other_recordings_or_terms_are_other_trials(condition, looks):
    first, again, other = ids(condition, **looks[0]), ids(condition, **looks[0]), ids(condition, **looks[1])
    assert first == again
    assert first["c"] != other["c"]
    assert first["clean"] == other["clean"]


def test_babble_of_more_talkers_is_another_trial():
    babble = "{id: c, steps: [{babble: {snr_db: 5}}]}"
    assert ids(babble)["c"] != ids(babble, number=7)["c"]
    assert ids(babble)["clean"] == ids(babble, number=7)["clean"]


def test_the_vocabulary_is_all_that_is_said_or_sent():
    conditions = [
        *parse_condition({"request": {"keywords": ["b", "c"]}}, id="list"),
        *parse_condition({"request": {"keywords": "t.txt"}}, id="file"),
        *parse_condition({"request": {"keywords": "corpus"}}, id="corpus"),
    ]
    said = manifest(1).utterances
    lines = Sources(read_lines=lambda name: ["d\t3", "b"] if name == "t.txt" else [])
    assert vocabulary(conditions, said, lines) == ("b", "c", "d")
    assert vocabulary([], said, lines) == ()
