"""Cutting loses no word, doubles none and goes through none; checked against the words' own times."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench import audio
from bench.audio import Audio
from bench.corpora.cutting import Cutting, cut
from bench.types import Word
from tests.aligners.joined import WORDS, joined


def spoken(count: int, seed: int, pauses_s: tuple[float, float] = (0.05, 0.9)) -> tuple[Audio, tuple[Word, ...]]:
    rng = np.random.default_rng(seed)
    return joined(tuple(rng.choice(WORDS, count)), seed, pauses_s=pauses_s)


def with_noise(recording: Audio, level: float, seed: int = 0) -> Audio:
    noise = np.random.default_rng(seed).standard_normal(len(recording.samples)).astype(np.float32)
    return Audio(recording.samples + np.float32(level) * noise, recording.sample_rate_hz)


def put(folder: Path, recording: Audio) -> Path:
    path = folder / "call.wav"
    soundfile.write(path, recording.samples, recording.sample_rate_hz, subtype="FLOAT")
    return path


def assert_whole(cutting: Cutting, words: tuple[Word, ...], duration_s: float) -> None:
    """Every word is in exactly one piece, from its begin to its end."""
    parts = sorted((*cutting.pieces, *cutting.quiet), key=lambda part: part.start_s)
    assert [part.start_s for part in parts] == [0.0, *(part.end_s for part in parts[:-1])]
    assert parts[-1].end_s == pytest.approx(duration_s)
    for word in words:
        assert word.start_s is not None
        assert word.end_s is not None
        homes = [p for p in cutting.pieces if p.start_s <= word.start_s and word.end_s <= p.end_s]
        touched = [p for p in cutting.pieces if p.start_s < word.end_s and word.start_s < p.end_s]
        assert len(homes) == len(touched) == 1, word


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.01])
@pytest.mark.parametrize("seed", [0, 1])
def test_no_word_is_lost_doubled_or_cut(tmp_path: Path, seed: int, noise: float) -> None:
    recording, words = spoken(160, seed)
    cutting = cut(put(tmp_path, with_noise(recording, noise, seed)))
    assert_whole(cutting, words, recording.duration_s)
    assert max(piece.end_s - piece.start_s for piece in cutting.pieces) <= 30.0


def test_where_there_is_no_pause_a_piece_is_longer_and_no_word_is_cut(tmp_path: Path) -> None:
    recording, words = spoken(90, 3, pauses_s=(0.0, 0.02))
    assert_whole(cut(put(tmp_path, recording), longest_s=10.0), words, recording.duration_s)


def test_long_silence_is_in_no_piece_and_is_reported(tmp_path: Path) -> None:
    first, words = spoken(12, 4)
    rate = first.sample_rate_hz
    silence = np.zeros(round(20.0 * rate), dtype=np.float32)
    cutting = cut(put(tmp_path, with_noise(Audio(np.concatenate([silence, first.samples, silence]), rate), 0.001)))
    later = tuple(Word(text=w.text, start_s=w.start_s + 20.0, end_s=w.end_s + 20.0) for w in words)  # type: ignore[operator]
    assert_whole(cutting, later, first.duration_s + 40.0)
    assert sum(part.end_s - part.start_s for part in cutting.quiet) == pytest.approx(39.0, abs=1.5)


@pytest.mark.parametrize("samples", [np.zeros(1), np.zeros(8_000), np.zeros(16_000 * 60)])
def test_what_holds_no_speech_is_cut_without_a_crash(tmp_path: Path, samples: np.ndarray) -> None:
    cutting = cut(put(tmp_path, Audio(samples.astype(np.float32), 16_000)))
    assert sum(part.end_s - part.start_s for part in (*cutting.pieces, *cutting.quiet)) == len(samples) / 16_000


@pytest.mark.nightly
def test_an_hour_loses_and_doubles_no_word_and_takes_less_than_a_minute_of_one_core(tmp_path: Path) -> None:
    """At night: an hour of speech has to be made first, and its minute of processor time is a definition for a machine
    that does nothing else. In every change, shorter recordings lose and double none (above).
    """
    recording, words = spoken(4_400, 5)
    assert recording.duration_s > 3_500
    path = put(tmp_path, with_noise(recording, 0.002))
    begin = time.process_time()
    cutting = cut(path)
    assert time.process_time() - begin < 60.0  # of CPU, whatever else the machine does
    assert_whole(cutting, words, recording.duration_s)


@pytest.mark.parametrize("kind", ["flac", "ogg"])
def test_a_recording_longer_than_may_be_held_in_memory_is_cut_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    recording, words = spoken(60, 6)
    path = tmp_path / f"call.{kind}"
    soundfile.write(path, np.stack([recording.samples] * 2, axis=1), recording.sample_rate_hz)
    monkeypatch.setattr("bench.audio.files.MOST_SAMPLES", len(recording.samples) // 2)
    with audio.Unpacked() as unpacked:
        cutting = cut(unpacked.path(path), channel=1, longest_s=10.0)
    assert_whole(cutting, words, recording.duration_s)
