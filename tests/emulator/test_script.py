"""The script: which entry is recited, and at which instants, on a clock that the test turns."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from bench.audio import read, resample
from bench.corpora.manifest import write_manifest
from bench.emulator import script as script_module
from bench.emulator.heard import HeardSpeech
from bench.emulator.script import Script, ScriptRecognizer, load_script, pcm_sha256
from bench.errors import ConfigError
from tests.corpora.tiny import HEADER, put_tone, utterance
from tests.emulator.running import RATE, tone

CHUNK = RATE // 10
ENTRY = {
    "text": "one two three four",
    "speech_start_s": 0.25,
    "speech_end_s": 0.65,
    "first_partial_delay_s": 0.1,
    "partial_interval_s": 0.2,
    "final_delay_s": 0.3,
    "close_delay_s": 0.07,
    "finalize_delay_s": 0.04,
}


class Clock:
    """Instants pass in order, and only when the test lets them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep_until(self, instant_s: float) -> None:
        if instant_s > self.now_s:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((instant_s, future))
            await future

    async def turn_to(self, instant_s: float) -> None:
        await _settle()
        while due := [entry for entry in self._waiting if entry[0] <= instant_s]:
            first = min(due, key=lambda entry: entry[0])
            self._waiting.remove(first)
            self.now_s = max(self.now_s, first[0])
            if not first[1].done():
                first[1].set_result(None)
            await _settle()
        self.now_s = max(self.now_s, instant_s)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(script_module, "sleep_until", clock.sleep_until)
    return clock


def recited(clock: Clock, entry: dict, *, seconds: float = 1.0, end: str = "finish"):
    """(instant, words, final) of everything said, with chunks of 100 ms arriving as a microphone has them."""
    said: list[tuple[float, int, bool]] = []

    async def run() -> None:
        async def emit(heard: HeardSpeech) -> None:
            said.append((round(clock.now_s, 6), len(heard.words), heard.final))

        session = ScriptRecognizer(Script.model_validate({"default": entry})).open(RATE, None, emit)
        for chunk in range(round(seconds * 10)):
            await clock.turn_to(0.1 * (chunk + 1))
            await session.accept(np.zeros(CHUNK, np.float32), 0.1 * (chunk + 1))
        ending = asyncio.ensure_future(getattr(session, end)(seconds))
        await clock.turn_to(seconds + 1.0)
        heard = await ending
        said.append((round(clock.now_s, 6), len(heard.words), heard.final))
        await session.abort()

    asyncio.run(run())
    return said


def test_delays_count_from_the_arrival_of_the_message_that_holds_the_sample(clock):
    said = recited(clock, ENTRY)
    # The sample at 0.25 s came with the message of 0.3 s, the last one before 0.65 s with that of 0.7 s.
    assert said[:3] == [(0.4, 1, False), (0.6, 2, False), (0.8, 4, False)]
    assert said[3] == (1.0, 4, True)
    assert said[-1][1:] == (0, True)


def test_a_script_of_segments_has_partials_as_well(clock):
    segments = [{"text": "one two three four", "start_s": 0.25, "end_s": 0.65}]
    said = recited(clock, {**{key: value for key, value in ENTRY.items() if key != "text"}, "segments": segments})
    assert said[:3] == [(0.4, 1, False), (0.6, 2, False), (0.8, 4, False)]


def test_close_stream_overtakes_a_final_that_is_due_later(clock):
    said = recited(clock, {**ENTRY, "final_delay_s": 5.0})
    assert [entry for entry in said if entry[2]] == [(2.0, 4, True)]


@pytest.mark.parametrize(("end", "delay_s"), [("finish", 0.07), ("finalize", 0.04)])
def test_the_end_has_its_own_delay(clock, end, delay_s):
    waited: list[float] = []
    original = clock.sleep_until

    async def watched(instant_s: float) -> None:
        waited.append(round(instant_s, 6))
        await original(instant_s)

    clock.sleep_until = watched
    setattr(script_module, "sleep_until", watched)  # noqa: B010 (imported there, not exported)
    recited(clock, {**ENTRY, "speech_end_s": None}, end=end)
    assert waited[-1] == pytest.approx(1.0 + delay_s)


def test_a_draft_stands_for_a_word_while_it_is_the_partials_last(clock):
    heard: list[str] = []

    async def run() -> None:
        async def emit(said: HeardSpeech) -> None:
            heard.append(" ".join(word.text for word in said.words))

        entry = {**ENTRY, "final_delay_s": 1.0, "drafts": {"two": "to", "four": "for"}}
        session = ScriptRecognizer(Script.model_validate({"default": entry})).open(RATE, None, emit)
        await session.accept(np.zeros(RATE, np.float32), 1.0)
        await clock.turn_to(3.0)
        await session.abort()

    asyncio.run(run())
    assert heard == ["one", "one to", "one two three for", "one two three four"]


def test_words_are_not_said_before_their_audio_has_arrived(clock):
    said = recited(clock, {**ENTRY, "speech_end_s": 3.0, "partial_interval_s": 0.1}, seconds=1.0)
    assert max(count for at_s, count, final in said if not final) == 1


def test_no_partials_where_none_are_wanted(clock):
    assert all(final for _, _, final in recited(clock, {**ENTRY, "first_partial_delay_s": None}))


def _text_of(recognizer: ScriptRecognizer, samples: np.ndarray) -> str:
    words = asyncio.run(recognizer.transcribe(samples, RATE, None, 0.0))
    return " ".join(word.text for word in words)


def test_a_recording_is_found_by_its_hash_else_by_its_turn_else_by_default():
    known = tone(0.3)
    recognizer = ScriptRecognizer(
        Script.model_validate(
            {
                "utterances": [{"text": "known", "sha256": pcm_sha256(known)}],
                "order": [{"text": "first"}, {"text": "second"}],
                "default": {"text": "default"},
            }
        )
    )
    heard = [_text_of(recognizer, samples) for samples in (tone(0.2), known, tone(0.1), tone(0.2), known)]
    assert heard == ["first", "known", "second", "default", "known"]


def test_a_stream_is_found_by_how_it_begins():
    known = tone(0.5)
    script = Script.model_validate(
        {
            "utterances": [{"text": "known", "prefix_sha256": pcm_sha256(known[: RATE // 10]), "close_delay_s": 0}],
            "default": {"text": "other", "close_delay_s": 0},
            "prefix_s": 0.1,
        }
    )

    async def last(samples: np.ndarray) -> str:
        async def emit(heard: HeardSpeech) -> None: ...

        session = ScriptRecognizer(script).open(RATE, None, emit)
        for start in range(0, len(samples), 700):
            await session.accept(samples[start : start + 700], 0.0)
        return " ".join(word.text for word in (await session.finish(0.0)).words)

    assert asyncio.run(last(known)) == "known"
    assert asyncio.run(last(tone(0.5, level=0.1))) == "other"
    assert asyncio.run(last(known[:100])) == "other"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("default: {text: hi, dealy: 1}", "default.dealy"),
        ("default: {text: hi, close_delay_s: -1}", "default.close_delay_s"),
        ("default: [", "YAML"),
        ("7", "script.yaml"),
    ],
)
def test_a_bad_script_is_one_message(tmp_path: Path, content: str, said: str):
    path = tmp_path / "script.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_script(path)


def test_a_missing_script_is_one_message(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.yaml: expected a script file"):
        load_script(tmp_path / "none.yaml")


def test_an_entry_names_its_recording_by_corpus_and_id(tmp_path: Path):
    recordings = {
        name: put_tone(tmp_path / f"audio/{name}.wav", 1.0, 22_050, hz) for name, hz in (("a", 300), ("b", 400))
    }
    manifest = tmp_path / "manifest.jsonl"
    write_manifest(manifest, HEADER, [utterance("a", speech_start_s=0.25, speech_end_s=0.75), utterance("b")])
    path = tmp_path / "script.yaml"
    entries = "- {id: tiny/a, text: one}\n- {id: tiny/b, text: two, speech_start_s: 0.5}\n"
    path.write_text(f"manifests: [{manifest}]\nutterances:\n{entries}", encoding="utf-8")
    script = load_script(path)
    recognizer = ScriptRecognizer(script)
    for name, said in (("a", "one"), ("b", "two")):
        samples = read(recordings[name]).samples
        for rate_hz in (22_050, 16_000, 8_000):
            sent = samples if rate_hz == 22_050 else resample(read(recordings[name]), rate_hz).samples
            heard = asyncio.run(recognizer.transcribe(sent, rate_hz, None, 0.0))
            assert [word.text for word in heard] == [said]
            assert recognizer.by_prefix(sent[: recognizer.prefix_samples(rate_hz)]).text == said
    bounds = [(entry.text, entry.speech_start_s, entry.speech_end_s) for entry in script.utterances]
    assert list(dict.fromkeys(bounds)) == [("one", 0.25, 0.75), ("two", 0.5, None)]


def test_an_entry_that_names_no_recording_is_one_message(tmp_path: Path):
    path = tmp_path / "script.yaml"
    path.write_text("utterances: [{id: tiny/c, text: x}]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"script\.yaml: utterances: id: expected .*manifests, got 'tiny/c'"):
        load_script(path)
