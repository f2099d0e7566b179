"""The chain is replayable, keeps the promises every step makes, and adds up what steps report."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audio import Audio
from bench.conditions import STEPS
from bench.conditions.chain import Conditioned, StepContext, apply, describe_steps, info, merge
from bench.conditions.params import REQUIRED
from bench.conditions.spec import parse_condition
from bench.errors import AudioError, UsageError
from bench.types import Condition, Step, Word
from tests.conditions.signals import conditioned, tone, voice

CHAIN = [{"noise": {"min": 0, "max": 20}}, {"g711": "mulaw"}, {"packet_loss": {"rate": 0.1, "burst": 2}}]
DIGEST = """
import hashlib
from tests.conditions.signals import conditioned, voice
from tests.conditions.test_chain import CHAIN
print(hashlib.sha256(conditioned(CHAIN, voice(1.0), seed=3, utterance="u7").audio.samples.tobytes()).hexdigest())
"""


def digest(**kwargs):
    return hashlib.sha256(conditioned(CHAIN, voice(1.0), **kwargs).audio.samples.tobytes()).hexdigest()


def test_same_seed_gives_the_same_bytes_in_another_process():
    other = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True, timeout=600)
    assert other.stdout.strip() == digest(seed=3, utterance="u7")


def test_order_does_not_matter_and_utterances_conditions_and_seeds_differ():
    first = [digest(utterance=name) for name in ("a", "b", "c")]
    again = [digest(utterance=name) for name in ("c", "a", "b")]
    assert [again[1], again[2], again[0]] == first
    assert len({*first, digest(utterance="a", seed=1)}) == 4
    one, two = (Condition(id=id, steps=(Step(name="noise", params={"snr_db": 5}),)) for id in ("x", "y"))
    heard = [apply(c, voice(1.0), StepContext(utterance_id="a")).audio.samples for c in (one, two)]
    assert not np.array_equal(*heard)


def test_draw_is_within_its_range_and_recorded():
    drawn = {
        conditioned({"gain": {"min": -9, "max": -3}}, voice(0.5), utterance=f"u{n}").dose["gain_db"] for n in range(20)
    }
    assert len(drawn) == 20
    assert -9 <= min(drawn) < -7
    assert -5 < max(drawn) <= -3


def example(step_info):
    import yaml

    return yaml.safe_load(step_info.example)


@pytest.mark.parametrize("name", STEPS.names())
def test_every_step_runs_its_own_example_and_keeps_the_contract(name):
    """float32 in, float32 out, finite, not empty, the input untouched, the same twice."""
    if info(name).extra is not None:
        modules = {"codecs": "av", "rooms": "pyroomacoustics", "augment": "audiomentations", "librosa": "librosa"}
        pytest.importorskip(modules[info(name).extra], reason=f"extra {info(name).extra} is not installed")
    audio = voice(3.0)
    before = audio.samples.copy()
    impulse = Audio(np.array([0, 1, 0.5, 0.2], dtype=np.float32), 16000)
    context = {
        "load": lambda name: impulse if "rooms" in name else voice(2.0, seed=5),
        "listing": lambda name: (f"{name}x.wav",),
        "others": ("a", "b"),
        "channel": lambda _: voice(2.0, seed=6),
    }
    first, second = (conditioned(example(info(name)), audio, **context) for _ in range(2))
    assert first.audio.samples.dtype == np.float32
    assert first.audio.samples.ndim == 1
    assert len(first.audio.samples) > 0
    assert np.abs(first.audio.samples).max() <= 1.0
    assert np.array_equal(audio.samples, before)
    assert np.array_equal(first.audio.samples, second.audio.samples)
    assert all(isinstance(value, float | int) for value in first.dose.values())


def test_every_step_is_described_in_full():
    for described in describe_steps():
        assert described.about.endswith("."), described.name
        assert described.source, described.name
        assert (
            next(iter(example(described) if isinstance(example(described), dict) else [described.example]))
            == described.name
        )
        for param in described.params:
            assert param.about, (described.name, param.name)
            assert param.default is REQUIRED or param.accepts(param.default), (described.name, param.name)


def test_context_moves_with_the_time_axis():
    """Silence before, then noise between the words as they now lie."""
    clean = voice(2.0)
    words = (Word(text="one", start_s=0.2, end_s=0.8), Word(text="two", start_s=1.2, end_s=1.8))
    chain = [{"silence": {"before_s": 1.0}}, {"noise": {"snr_db": 0, "where": "gaps"}}]
    done = conditioned(chain, clean, words=words)
    changed = done.audio.samples != np.pad(clean.samples, (16000, 0))
    assert done.dose["speech_offset_s"] == 1.0
    assert not changed[round(1.2 * 16000) : round(1.8 * 16000)].any()
    assert changed[:16000].mean() > 0.95


def test_shifts_compose():
    """1 s of silence, then twice as fast, then half a second more: t -> t / 2 + 1."""
    chain = [{"silence": {"before_s": 1}}, {"speed": 2}, {"silence": {"before_s": 0.5}}]
    dose = conditioned(chain, voice(2.0)).dose
    assert dose["time_scale"] == pytest.approx(0.5)
    assert dose["speech_offset_s"] == pytest.approx(1.0)


@given(
    *[st.fixed_dictionaries({"time_scale": st.floats(0.5, 2), "speech_offset_s": st.floats(-2, 2)}) for _ in range(3)]
)
def test_merging_shifts_is_associative(first, second, third):
    left, right = merge(merge(first, second), third), merge(first, merge(second, third))
    assert left == pytest.approx(right)


def test_repeated_doses_get_a_number_and_clipping_adds_up():
    merged = merge({"snr_db": 10.0, "clipped_fraction": 0.1}, {"snr_db": 5.0, "clipped_fraction": 0.2})
    assert merged == {"snr_db": 10.0, "snr_db_2": 5.0, "clipped_fraction": pytest.approx(0.3)}


def test_errors_name_condition_step_and_utterance():
    with pytest.raises(AudioError, match=r"condition noise-snr_db-3, step noise, utterance u: expected speech"):
        conditioned({"noise": {"snr_db": 3}}, Audio(np.zeros(100, dtype=np.float32), 16000))


def test_a_step_that_breaks_the_contract_is_refused(monkeypatch):
    wrong = Audio(np.zeros(5), 16000)
    monkeypatch.setattr(STEPS, "load", lambda name: lambda *_: Conditioned(wrong))
    with pytest.raises(AudioError, match="expected finite float32 samples"):
        apply(Condition(id="x", steps=(Step(name="broken"),)), tone(500), StepContext(utterance_id="u"))


def test_a_step_without_a_description_is_refused(monkeypatch):
    monkeypatch.setattr(STEPS, "load", lambda name: len)
    with pytest.raises(
        UsageError, match=r"step own: expected a function decorated with bench\.conditions\.chain\.step"
    ):
        info("own")


def test_clean_changes_nothing():
    audio = voice(1.0)
    (clean,) = parse_condition("clean")
    done = apply(clean, audio, StepContext(utterance_id="u"))
    assert np.array_equal(done.audio.samples, audio.samples)
    assert done.dose.keys() == {"active_level_dbfs", "clipped_fraction"}
