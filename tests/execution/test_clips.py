"""The clips of a scored run: of every engine's worst, of disagreements and of a sample; gone with their scores."""

import numpy as np
import pytest

import bench
from bench.audio import Audio, from_file_bytes, to_file_bytes
from bench.execution.audio import Jobs
from bench.execution.clips import LONGEST_S, chosen, encode_clip, write_clips
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.store import RunFolder
from bench.types import Cell, ErrorCounts
from tests.toy import LINES, make_config, make_corpus, make_script


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    noisy = {"id": "noisy", "steps": [{"noise": {"snr_db": 5}}]}
    config = make_config(folder, make_corpus(folder), make_script(folder), modes=["batch"], conditions=["clean", noisy])
    return RunFolder(bench.run(config, out=folder / "run").path)


def test_what_was_sent_lies_beside_the_recording(run):
    assert run.clips() is None
    clips = write_clips(run)
    assert run.clips() == clips
    assert clips.whole
    assert len(clips.utterances) == len(LINES)
    for key, one in clips.utterances.items():
        recorded = from_file_bytes(run.clip(one.recorded))
        length_s = run.utterances()[key].duration_s
        assert len(recorded.samples) / recorded.sample_rate_hz == pytest.approx(min(length_s, LONGEST_S), abs=0.1)
        assert list(one.sent) == ["noisy"]
        assert run.clip(one.sent["noisy"]) != run.clip(one.recorded)


def test_a_recording_that_is_not_the_one_of_the_manifest_is_not_played(run):
    job = Jobs(run.utterances(), run.spec().manifests, run.conditions()).job(
        sorted(run.utterances())[0], "clean", "batch"
    )
    whole = job.path.read_bytes()
    try:
        job.path.write_bytes(whole[:-2])
        clips = write_clips(run)
        assert sorted(clips.utterances) == sorted(run.utterances())[1:]
    finally:
        job.path.write_bytes(whole)


def test_no_more_room_is_taken_than_asked_for(run):
    clips = write_clips(run, room_mb=0.000_001)
    assert len(clips.utterances) == 1
    assert not clips.whole
    assert not write_clips(run, room_mb=0).utterances


def test_new_scores_have_no_clips_of_old_ones(run):
    write_clips(run)
    bench.open_run(run.path).score()
    assert run.clips() is None
    assert not (run.path / "clips").exists()


def trial(engine, number, errors):
    cell = Cell(engine, "batch", "clean", "c", "en")
    words = ErrorCounts(substitutions=errors, hits=20 - errors)
    key = f"c/{number:03}"
    return ScoredTrial(utterance_id=key, cell=cell, cluster="s", duration_s=1.0, reference_words=20, words=words)


def test_the_worst_of_each_engine_come_first_and_every_utterance_once():
    bad = [trial("bad", k, 10 + k % 3) for k in range(40)]
    good = [trial("good", k, 1 if k in (7, 9) else 0) for k in range(40)]
    both, reversed_ = ScoredColumns.of([*bad, *good]), ScoredColumns.of([*good, *bad])
    keys = list(chosen(both, seed=1))
    assert sorted(keys) == sorted({one.utterance_id for one in bad})
    assert {"c/007", "c/009"} <= set(keys[:8])
    assert keys == list(chosen(reversed_, seed=1))
    assert keys != list(chosen(reversed_, seed=2))


def test_the_same_audio_is_the_same_clip_and_still_decodes():
    audio = Audio(np.random.default_rng(0).normal(0, 0.1, 16_000 * 3).astype(np.float32), 16_000)
    (one, _), (other, _) = encode_clip(audio), encode_clip(audio)
    assert one == other
    assert np.array_equal(from_file_bytes(one).samples, from_file_bytes(to_file_bytes(audio, "opus")[0]).samples)
