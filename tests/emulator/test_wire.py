"""What arrives is decoded, however it was cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audio import Audio
from bench.conditions import opus
from bench.conditions.wire import encode_samples
from bench.emulator.wire import WireError, decoder
from tests.emulator.running import tone

_ENCODINGS = {"linear16": 1 / 32768, "linear32": 1e-7, "mulaw": 0.01, "alaw": 0.01}
_AUDIO = tone(0.1, 8000)


@pytest.mark.parametrize("encoding", sorted(_ENCODINGS))
@given(sizes=st.lists(st.integers(1, 400), max_size=12))
def test_samples_come_out_as_they_went_in_however_they_are_cut(encoding, sizes):
    data, wire, parts = encode_samples(_AUDIO, encoding), decoder(encoding, 8000), []
    for size in [*sizes, len(data)]:
        parts.append(wire.push(data[:size]))
        data = data[size:]
    heard = np.concatenate(parts)
    assert np.abs(heard - _AUDIO).max() <= _ENCODINGS[encoding]


def test_floats_that_are_no_number_are_silence_and_loud_ones_are_clipped():
    data = np.array([np.nan, np.inf, -np.inf, 7.0, 0.5], "<f4").tobytes()
    assert decoder("linear32", 8000).push(data).tolist() == [0.0, 1.0, -1.0, 1.0, 0.5]


def _similarity(heard: np.ndarray, sent: np.ndarray) -> float:
    """Largest normalised correlation over delays."""
    heard = heard[: len(sent)]
    correlation = np.correlate(heard, sent[: len(heard)], "full")
    return float(np.abs(correlation).max() / (np.linalg.norm(heard) * np.linalg.norm(sent[: len(heard)])))


def test_opus_packets_are_heard():
    pytest.importorskip("av")
    sent = tone(0.5, 16_000)
    wire = decoder("opus", 16_000)
    heard = np.concatenate([wire.push(packet) for packet in opus.packets(Audio(sent, 16_000))])
    assert _similarity(heard, sent) > 0.95
    assert len(heard) == pytest.approx(len(sent), abs=1600)


@pytest.mark.parametrize("size", [1, 37, 4096])
def test_an_ogg_stream_is_heard_however_it_is_cut(size):
    pytest.importorskip("av")
    sent = tone(0.5, 16_000)
    data, wire = opus.ogg(Audio(sent, 16_000)), decoder("ogg_opus", 16_000)
    heard = np.concatenate([wire.push(data[at : at + size]) for at in range(0, len(data), size)])
    assert _similarity(heard, sent) > 0.95


def test_what_is_no_opus_is_refused():
    pytest.importorskip("av")
    with pytest.raises(WireError, match="Ogg page"):
        decoder("ogg_opus", 16_000).push(bytes(100))
    with pytest.raises(WireError, match="Opus packet"):
        decoder("opus", 16_000).push(b"\xff" * 50)
