from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.config import parse_config
from bench.corpora.manifest import Header, Manifest
from bench.errors import ConfigError
from bench.execution.plan import resolve
from bench.types import Utterance

CONFIG = """
name: x
seed: {seed}
corpora: [m]
engines:
  - {{id: a, engine: pulse, settings: {{language: en}}}}
  - {{id: b, engine: pocketsphinx, modes: [batch]}}
conditions: [clean, {{noise: {{snr_db: [10, 0]}}}}]
repeats: 2
{more}
"""


def manifest(number=6):
    utterances = tuple(
        Utterance(
            id=f"u{n}",
            corpus="m",
            audio=f"u{n}.wav",
            sha256=f"{n:064x}",
            sample_rate_hz=16000,
            num_samples=32000,
            text="a",
            language="en",
        )
        for n in range(number)
    )
    header = Header(name="m", licence="x", source="x", synthetic=True)
    return Manifest(path=Path("corpora/m/manifest.jsonl"), header=header, utterances=utterances)


def plan(seed=1, more="", limit=None, number=6):
    config = parse_config(CONFIG.format(seed=seed, more=more), where="c.yaml")
    return resolve(config, {"m": manifest(number)}, where="c.yaml", limit=limit)


def test_the_plan_is_the_product_of_its_parts():
    trials = plan().trials
    assert len(trials) == 6 * 3 * 2 * (2 + 1)
    assert len({trial.id for trial in trials}) == len(trials)


def test_batch_comes_before_stream_and_engines_alternate():
    trials = plan().trials
    modes = [trial.mode for trial in trials]
    assert modes == sorted(modes)
    batch = [trial for trial in trials if trial.mode == "batch"]
    for start in range(0, len(batch), 4):
        block = batch[start : start + 4]
        assert len({(trial.utterance_id, trial.condition_id) for trial in block}) == 1
        assert [trial.engine_id for trial in block] == ["a", "b", "a", "b"]


@settings(max_examples=settings().max_examples // 5)  # each plans a run twice
@given(st.integers(0, 1000))
def test_the_seed_decides_the_order_and_nothing_else_does(seed):
    assert plan(seed).trials == plan(seed).trials


def test_a_changed_definition_is_another_trial():
    first = {trial.id for trial in plan().trials}
    assert first.isdisjoint(trial.id for trial in plan(seed=2).trials if trial.condition_id != "clean")
    faster = {trial.id for trial in plan(more="stream: {speed: 2}").trials}
    streams = {trial.id for trial in plan().trials if trial.mode == "stream"}
    assert faster & first == first - streams


def test_a_smaller_limit_is_part_of_a_larger_one():
    small, large = ({trial.id for trial in plan(limit=n).trials} for n in (2, 4))
    assert small < large


def test_streams_can_be_limited_on_their_own():
    trials = plan(more="stream: {limit: 2, conditions: [clean]}").trials
    streams = [trial for trial in trials if trial.mode == "stream"]
    assert {trial.condition_id for trial in streams} == {"clean"}
    assert len({trial.utterance_id for trial in streams}) == 2
    assert len({trial.utterance_id for trial in trials}) == 6


def test_every_unknown_name_and_parameter_is_told_at_once():
    config = parse_config(
        """
name: x
corpora: [m]
engines: [{id: a, engine: puls}, {id: b, engine: pulse, settings: {langage: en}}]
conditions: [clean, {nois: {snr_db: 1}}, {noise: {snr_db: loud}}]
stream: {conditions: [dirty]}
normalizer: erwitness
profiles: [lenient, verbatin]
""",
        where="c.yaml",
    )
    with pytest.raises(ConfigError) as caught:
        resolve(config, {"m": manifest()}, where="c.yaml")
    text = str(caught.value)
    for part in (
        "engines[0].engine",
        "did you mean 'pulse'?",
        "engines[1].settings.langage",
        "did you mean 'language'?",
        "c.yaml: normalizer: expected one of basic, earwitness",
        "did you mean 'earwitness'?",
        "c.yaml: profiles[1]: expected one of basic",
        "did you mean 'verbatim'?",
    ):
        assert part in text
    for part in ("conditions[1]", "conditions[2].noise.snr_db", "stream.conditions"):
        assert part in text


def test_a_contrast_of_what_the_run_does_not_have_is_told():
    config = parse_config(
        """
name: x
corpora: [m]
engines: [{id: a, engine: pulse, settings: {language: en}}]
conditions: [clean, {id: noisy, steps: [{noise: {snr_db: 5}}]}]
contrasts:
  - {name: good, of: {condition: noisy, mode: stream}, minus: {condition: clean}}
  - {name: wrong, of: {condition: nosy, engine: b}, minus: {conditon: clean}}
""",
        where="c.yaml",
    )
    with pytest.raises(ConfigError) as caught:
        resolve(config, {"m": manifest()}, where="c.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        "c.yaml: contrasts[1].of.condition: expected one of clean, noisy, got 'nosy'; did you mean 'noisy'?",
        "c.yaml: contrasts[1].of.engine: expected one of a, got 'b'",
        "c.yaml: contrasts[1].minus: expected one of engine, mode, condition, corpus, language, got 'conditon'; "
        "did you mean 'condition'?",
    ]


@pytest.mark.parametrize("bound", ["max_requests: 5", "max_audio_hours: 0.001"])
def test_a_plan_over_budget_is_refused(bound):
    with pytest.raises(ConfigError, match="budget"):
        plan(more=f"budget: {{{bound}}}")
