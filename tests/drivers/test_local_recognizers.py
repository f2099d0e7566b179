"""The local recognisers on real speech: streamed, they hear what they hear in batch, to the last word."""

from pathlib import Path

import pytest

from bench.audio import read, resample
from bench.corpora.manifest import load_manifest
from bench.corpora.prepare import prepare
from bench.engines import ENGINES
from bench.engines.base import LocalEngine
from bench.scoring.text.normalize import get_normalizer

WORDS = get_normalizer("earwitness").words


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.corpora.entry._speech_bounds", lambda path: None)  # they take longer than a recogniser
        path = prepare("quickstart-en", tmp_path_factory.mktemp("corpora"))
    manifest = load_manifest(Path(path))
    return {u.text: read(manifest.audio_path(u)) for u in manifest.utterances}


@pytest.fixture(scope="module")
def clip(clips):
    return next((audio, text) for text, audio in clips.items() if "incredulity" in text)


def shortest(clips, number):
    """So many recordings, since every second of audio costs about a quarter of a second."""
    return sorted(clips.values(), key=lambda audio: audio.duration_s)[:number]


def engine(name):
    factory = ENGINES.load(name)
    made = factory.create(factory.Settings(), {})
    assert isinstance(made, LocalEngine)
    return made


def streamed(engine, audio, chunk):
    stream = engine.open_stream(audio.sample_rate_hz, "en")
    events = []
    for start in range(0, len(audio.samples), chunk):
        events += stream.accept(audio.samples[start : start + chunk])
    return [*events, *stream.finish()]


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [("moonshine", 48_000), ("moonshine", 8_000), ("pocketsphinx", 48_000), ("pocketsphinx", 16_000)],
)
def test_the_end_of_a_stream_is_heard(clips, name, rate_hz):
    (audio,) = shortest(clips, 1)
    text = next(text for text, own in clips.items() if own is audio)
    events = streamed(engine(name), resample(audio, rate_hz), 512)
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]
    heard = WORDS(" ".join(event.text for event in events if event.kind == "final"), "en")
    expected = WORDS(text, "en")
    assert len(heard) >= len(expected) - 1
    assert len(set(heard) & set(expected)) >= 3
    assert any(event.kind == "partial" for event in events)


def test_moonshine_streams_as_well_as_it_reads(clip):
    """A tail that is not flushed, or a seam at each chunk, costs the last word."""
    audio, text = clip
    moonshine = engine("moonshine")
    final = " ".join(e.text for e in streamed(moonshine, audio, 512) if e.kind == "final")
    assert WORDS(final, "en")[-1] == WORDS(text, "en")[-1] == "incredulity"
    assert WORDS(moonshine.transcribe(audio.samples, audio.sample_rate_hz, "en").text, "en")[-1] == "incredulity"


@pytest.mark.parametrize("name", ["moonshine", "pocketsphinx"])
def test_finalize_ends_a_segment_and_the_stream_goes_on(clip, name):
    audio, _ = clip
    half = len(audio.samples) // 2
    stream = engine(name).open_stream(audio.sample_rate_hz, "en")
    before = stream.accept(audio.samples[:half])
    first = [event for event in (*before, *stream.finalize()) if event.kind == "final"]
    after = stream.accept(audio.samples[half:])
    second = [event for event in (*after, *stream.finish()) if event.kind == "final" and event.text]
    assert first
    assert second
    assert second[0].start_s is not None
    assert second[0].start_s >= half / audio.sample_rate_hz - 0.5


def test_a_second_recording_does_not_depend_on_the_first(clips):
    pocketsphinx = engine("pocketsphinx")
    first, second = shortest(clips, 2)
    alone = pocketsphinx.transcribe(second.samples, second.sample_rate_hz, "en").text
    pocketsphinx.transcribe(first.samples, first.sample_rate_hz, "en")
    assert pocketsphinx.transcribe(second.samples, second.sample_rate_hz, "en").text == alone


def test_moonshine_does_not_remember_the_last_recording(clips):
    moonshine = engine("moonshine")
    recordings = [resample(audio, 8_000) for audio in shortest(clips, 4)]
    first, second = (
        [moonshine.transcribe(audio.samples, 8_000, "en").text for audio in order]
        for order in (recordings, recordings[::-1])
    )
    assert first == second[::-1]
