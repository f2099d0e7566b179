"""What a trial's audio is made of: the wire a local engine hears, talkers, terms, missing extras, and what is kept."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.conditions import g711, sources
from bench.conditions.spec import parse_condition
from bench.corpora.manifest import load_manifest
from bench.errors import MissingExtraError
from bench.execution import audio as trial_audio
from bench.execution.audio import (
    AudioPool,
    Jobs,
    condition_audio,
    condition_once,
    prepare_audio,
    scratch,
    scratch_folder,
)
from bench.execution.planning import load_plan
from bench.types import Failure
from tests.toy import LINES, make_config, make_corpus, make_script


@pytest.fixture
def toy(tmp_path):
    manifest = make_corpus(tmp_path)
    utterances = {f"toy/{one.id}": one for one in load_manifest(manifest).utterances}
    return utterances, {"toy": str(manifest)}


def jobs(toy, spec, **more):
    (condition,) = parse_condition(spec, id="c")
    utterances, manifests = toy
    return Jobs(utterances, manifests, {"c": condition}, **more)


def test_a_local_engine_hears_the_wire(toy):
    plain = prepare_audio(jobs(toy, "clean").job("toy/u0", "c", "batch"))
    sent = prepare_audio(jobs(toy, {"request": {"encoding": "mulaw"}}).job("toy/u0", "c", "batch"))
    pcm = np.clip(np.rint(plain.audio.samples * 32768), -32768, 32767).astype(np.int16)
    expected = g711.mulaw_decode(g711.mulaw_encode(pcm)).astype(np.float32) / 32768
    assert not np.array_equal(sent.audio.samples, plain.audio.samples)
    assert np.array_equal(sent.audio.samples, expected)


def test_a_missing_extra_fails_the_trial_and_not_the_run(toy, monkeypatch):
    def absent(job):
        raise MissingExtraError("step opus: av", "codecs")

    monkeypatch.setattr(trial_audio, "condition_audio", absent)
    failed = prepare_audio(jobs(toy, "clean").job("toy/u0", "c", "batch"))
    assert isinstance(failed, Failure)
    assert failed.kind == "audio"
    assert "codecs" in failed.message


def test_babble_is_made_of_other_speakers_or_of_all_others_where_the_speaker_is_unknown(toy):
    utterances, manifests = toy
    babble = {"babble": {"snr_db": 10}}

    def talkers(job):
        return [Path(name).stem for name in job.others]

    assert talkers(jobs(toy, babble).job("toy/u0", "c", "batch")) == ["u1", "u3"]
    nobody = {key: replace(one, cluster=None) for key, one in utterances.items()}
    assert talkers(jobs((nobody, manifests), babble).job("toy/u0", "c", "batch")) == ["u1", "u2", "u3"]


def test_terms_of_a_file_carry_their_boosts(toy, tmp_path):
    terms = tmp_path / "terms.txt"
    terms.write_text("stent\t3\n# note\nnew york\n", encoding="utf-8")
    job = jobs(toy, {"request": {"keywords": str(terms), "keyword_boost": 2}}).job("toy/u0", "c", "batch")
    assert job.keywords == (("stent", 3.0), ("new york", 2.0))


def test_conditioned_audio_is_made_once_for_all_modes_and_is_the_same(toy, tmp_path, monkeypatch):
    with scratch(tmp_path / "run") as folder:
        made = jobs(toy, {"noise": {"snr_db": 5}}, kept_in=folder)
        first = condition_once(made.job("toy/u0", "c", "batch"))
        monkeypatch.setattr(trial_audio, "condition_audio", None)  # a second making would fail
        again = condition_once(made.job("toy/u0", "c", "stream"))
        assert np.array_equal(first.audio.samples, again.audio.samples)
        assert (first.dose, first.audio.sample_rate_hz) == (again.dose, again.audio.sample_rate_hz)
        assert [path.suffix for path in folder.iterdir()] == [".npz"]
    assert not folder.exists()


def test_what_a_killed_run_left_is_not_read(tmp_path):
    left = scratch_folder(tmp_path) / "x.npz"
    left.parent.mkdir()
    left.write_bytes(b"half")
    with scratch(tmp_path):
        assert not left.exists()


def test_no_more_is_kept_than_there_is_room_for(toy, tmp_path, monkeypatch):
    one = next(iter(toy[0].values())).num_samples * 4
    monkeypatch.setattr(trial_audio, "_KEPT_BYTES", 2 * one)
    made = jobs(toy, {"noise": {"snr_db": 5}}, kept_in=tmp_path)
    assert [made.job(key, "c", "batch").kept is not None for key in toy[0]] == [True, True, False, False]
    clean = jobs(toy, "clean", kept_in=tmp_path)
    assert clean.job("toy/u0", "c", "batch").kept is None  # reading is as cheap


def test_recordings_of_a_manifest_can_be_noise(toy):
    manifest = toy[1]["toy"]
    job = jobs(toy, {"noise_from": {"path": manifest, "snr_db": 10}}).job("toy/u0", "c", "batch")
    assert condition_audio(job).dose["snr_db"] == pytest.approx(10, abs=0.1)


def test_a_fingerprint_changes_with_what_is_there(tmp_path):
    make_corpus(tmp_path)
    before = sources.fingerprint(str(tmp_path))
    assert before
    assert sources.fingerprint(str(tmp_path)) == before
    recording = tmp_path / "u0.wav"
    recording.write_bytes(recording.read_bytes()[:-2] + b"xx")
    changed = sources.fingerprint(str(tmp_path))
    (tmp_path / "u1.wav").unlink()
    assert len({before, changed, sources.fingerprint(str(tmp_path))}) == 3
    assert sources.fingerprint(str(tmp_path / "nowhere")) == ""


@pytest.mark.parametrize("forgets", [True, False])
def test_a_load_keeps_all_recordings_and_a_run_only_the_latest(tmp_path, forgets, monkeypatch):
    monkeypatch.setattr(trial_audio, "_CACHED", 1)
    config = make_config(tmp_path, make_corpus(tmp_path, LINES[:2]), make_script(tmp_path, LINES[:2]), modes=["batch"])
    plan = load_plan(config)
    first, second = sorted(plan.trials, key=lambda trial: trial.utterance_id)

    async def main():
        with AudioPool(plan, forgets=forgets) as audio:
            one = await audio.get(first)
            await audio.get(second)
            return one is await audio.get(first)

    assert asyncio.run(main()) == (not forgets)
