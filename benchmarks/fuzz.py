"""Fuzzing of what strangers write: answers, manifests, configs, sound files, corpora of other formats. Only Problems
and Failures come out.

    python -m benchmarks.fuzz --seconds 120 --seed 7

Each subject gets its share of the time; whatever is not one of our errors is shown with its example, and the exit code
is 1. Seeded, so that a find can be had again.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import struct
import sys
import tempfile
import time
import traceback
import wave
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.audio import from_file_bytes
from bench.config import parse_config
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions
from bench.corpora.manifest import load_manifest
from bench.engines import ENGINES
from bench.engines.base import (
    Close,
    HttpRequest,
    HttpResponse,
    PreparedAdapter,
    RemoteEngine,
    StreamSession,
    Wait,
    is_job,
)
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.session import PulseSession
from bench.engines.pulse.settings import PulseSettings
from bench.engines.secrets import Secret
from bench.errors import BenchError
from bench.scoring.text.normalize import get_normalizer
from bench.store.lines import decode_result
from bench.store.storable import kept
from bench.types import Call, Failure, Recognised, Result, Timing, Transcript
from benchmarks.stored import Change, changes, stored_files

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)
NAMES = (
    *("status", "transcription", "transcript", "words", "utterances", "language", "metadata", "error", "errors"),
    *("error_code", "code", "message", "type", "is_final", "is_last", "word", "start", "end", "confidence", "speaker"),
    *("text", "timestamp", "full_transcript", "emotions", "request_id"),
)
OBJECTS = st.dictionaries(
    st.sampled_from(NAMES),
    JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), max_size=4),
    max_size=8,
)
BODIES = (
    OBJECTS.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "date", "x-request-id", "content-type"]), st.text(max_size=30), max_size=4
)
_MANIFEST = (
    '{"schema": "earwitness.manifest", "version": 1, "name": "toy", "licence": "x", "source": "y", "synthetic": true}\n'
    '{"id": "u", "corpus": "toy", "audio": "u.wav", "sha256": "' + "0" * 64 + '", "sample_rate_hz": 16000, '
    '"num_samples": 16000, "text": "hello", "language": "en"}\n'
)
_CONFIG = "name: a\ncorpora: [x]\nengines:\n  - {id: a, engine: pulse}\nconditions: [clean]\nretry: {attempts: 3}\n"


def of(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[], Callable[..., None]]]:
    """A subject: makes a test afresh for each seed."""

    def subject(check: Callable[..., None]) -> Callable[[], Callable[..., None]]:
        def fresh() -> Callable[..., None]:
            def once(values: tuple[Any, ...]) -> None:
                check(*values)

            return given(st.tuples(*strategies))(once)

        fresh.__name__ = check.__name__
        return fresh

    return subject


def _stored(outcome: Transcript | Failure) -> None:
    result = Result(trial_id="t", outcome=outcome, attempts=1, started_at="2026-01-01T00:00:00+00:00")
    stored, line = kept(result)
    assert decode_result(line) == stored
    if isinstance(stored.outcome, Transcript):
        get_normalizer("earwitness").words(stored.outcome.text, "en")


@of(st.integers(100, 999), HEADERS, BODIES)
def batch_answers(status: int, headers: dict[str, str], body: bytes) -> None:
    """A response to a request, parsed, stored, normalised."""
    engine = PulseEngine(PulseSettings(), None)
    assert engine.batch is not None
    said = engine.batch.parse(HttpResponse(status=status, headers=headers, content=body))
    _stored(said if isinstance(said, Failure) else Transcript(recognised=said, timing=Timing()))


@of(
    st.lists(BODIES | BODIES.map(lambda body: body.decode("utf-8", "replace")), max_size=8),
    st.none() | st.builds(Close, code=st.none() | st.integers(0, 5000), reason=st.text(max_size=20)),
)
def streams(frames: list[bytes | str], close: Close | None) -> None:
    """Messages of a stream and how it closed."""
    _read(PulseSession(PulseSettings(), None), frames, close)


def _read(session: StreamSession, frames: list[bytes | str], close: Close | None) -> None:
    """What a session makes of messages and of the end, stored."""
    events = [e for t, frame in enumerate(frames) for e in session.feed(frame, t_s=float(t), audio_sent_s=float(t))]
    said = session.outcome(close)
    if isinstance(said, Recognised):
        _stored(Transcript(recognised=said, timing=Timing(), events=tuple(events)))
    else:
        _stored(said)


def _mutated(text: bytes) -> st.SearchStrategy[bytes]:
    """The text with some stretches replaced, left out or doubled."""
    edits = st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, 12), st.binary(max_size=12)), max_size=5)

    def edit(parts: list[tuple[int, int, bytes]]) -> bytes:
        content = text
        for at, length, put in parts:
            content = content[:at] + put + content[at + length :]
        return content

    return edits.map(edit)


@of(_mutated(_MANIFEST.encode()) | st.binary(max_size=300))
def manifests(content: bytes) -> None:
    """A manifest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.jsonl"
        path.write_bytes(content)
        with suppress(BenchError):
            load_manifest(path)


@of(
    _mutated(_CONFIG.encode()) | st.binary(max_size=200),
    st.lists(st.text(max_size=20) | st.sampled_from(["retry.attempts=", "engines.a.id="]), max_size=2),
)
def configs(content: bytes, overrides: list[str]) -> None:
    """A config, with overrides."""
    with suppress(BenchError):
        parse_config(content.decode("utf-8", "replace"), where="c.yaml", overrides=overrides)


def _sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.zeros(64, dtype="<i2").tobytes())
    return buffer.getvalue()


_MARKS_OF_SOUNDS = (
    *(b"RIFF", b"RF64", b"RIFX", b"WAVE", b"fmt ", b"data", b"ds64", b"fact", b"LIST", b"riff\x2e\x91\xcf\x11"),
    *(b"FORM", b"AIFF", b"AIFC", b"COMM", b"SSND", b"caff", b"desc", b"pakt", b".snd", b"NIST_1A\n   1024\n"),
    *(b"fLaC", b"OggS", b"OpusHead", b"\x01vorbis", b"ID3", b"TAG", b"APETAGEX", b"Xing", b"Info", b"VBRI"),
    *(b"\xff\xfb\x90\x00", b"\xff\xf3\x40\xc0", b"\xff\xf1\x50\x80", b"#!AMR\n", b"#!AMR-WB\n", b"\x47\x40\x00\x10"),
    *(b"ftypM4A ", b"ftypisom", b"moov", b"mdat", b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    *(bytes(4), bytes(32), b"\xff" * 4, struct.pack("<I", 16), struct.pack(">I", 16), struct.pack("<I", 0xFFFF_FFF0)),
)
_PIECES = st.lists(st.sampled_from(_MARKS_OF_SOUNDS) | st.binary(max_size=40), max_size=12).map(b"".join)


@of(_mutated(_sound()) | _PIECES | st.binary(max_size=300))
def sounds(content: bytes) -> None:
    """A sound file."""
    with suppress(BenchError):
        from_file_bytes(content)


@of(st.binary(max_size=300) | st.builds(lambda value: json.dumps(value).encode(), JSON))
def shards(line: bytes) -> None:
    """A line of a shard."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        assert asdict(decode_result(line))


_MARKS = {
    "csv": 'id,audio,text,language\nu1,u1.wav,hello there,en\nu2,u2.wav,"a, b",en\n',
    "ctm": ";; words\nu1 1 0.00 0.30 hello 0.9\nu1 1 0.35 0.20 world\n",
    "jsonl": '{"id": "u1", "audio": "u1.wav", "text": "hello", "language": "en"}\n',
    "rttm": "SPEAKER u1 1 0.00 1.00 <NA> <NA> anna <NA> <NA>\n",
    "seglst": '[{"session_id": "u1", "speaker": "a", "start_time": 0.0, "end_time": 1.0, "words": "hello"}]',
    "srt": "1\n00:00:00,000 --> 00:00:01,000\nhello\n\n2\n00:00:01,000 --> 00:00:02,000\n<i>world</i>\n",
    "stm": "u1 1 anna 0.00 1.00 <o,f0,female> hello world\n",
    "textgrid": """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 1
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "hello"
""",
    "tsv": "id\taudio\ttext\nu1\tu1.wav\thello\n",
    "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Anna>hello\n",
}


@of(
    st.sampled_from(sorted(_MARKS)).flatmap(
        lambda kind: st.tuples(st.just(kind), _mutated(_MARKS[kind].encode()) | st.binary(max_size=300))
    )
)
def importers(given_file: tuple[str, bytes]) -> None:
    """A file of another format, and of a folder of such."""
    kind, content = given_file
    with tempfile.TemporaryDirectory() as folder:
        suffix = {"textgrid": "TextGrid", "seglst": "json"}.get(kind, kind)
        path = Path(folder) / f"u1.{suffix}"
        path.write_bytes(content)
        for source in (path, path.parent):
            with suppress(BenchError):
                list(IMPORTERS.load(kind)(source, ImportOptions(language="en", needs_audio=False), []))


_CALL = Call(
    audio=bytes(3200),
    content_type="audio/wav",
    encoding="linear16",
    sample_rate_hz=16_000,
    duration_s=0.1,
    language="en",
)


@cache
def _vendors() -> list[RemoteEngine]:
    """Those that need no settings."""
    engines: list[RemoteEngine] = []
    for name in ENGINES.names():
        with suppress(BenchError, ImportError, ValueError):
            factory = ENGINES.load(name)
            secrets = {key: Secret("not-needed-to-read") for key in factory.secret_names(factory.Settings())}
            made = factory.create(factory.Settings(), secrets)
            if isinstance(made, RemoteEngine):
                engines.append(made)
    return engines


@of(st.integers(0, 99), st.sampled_from([200, 200, 400, 429, 500]), HEADERS, BODIES)
def vendor_answers(which: int, status: int, headers: dict[str, str], body: bytes) -> None:
    """The same answer to each request of a vendor's batch, whichever vendor and however many requests it takes."""
    adapters = [engine.batch for engine in _vendors() if engine.batch is not None]
    adapter = adapters[which % len(adapters)]
    response = HttpResponse(status=status, headers=headers, content=body)
    if not is_job(adapter):
        said: object = adapter.parse(response)
    else:
        exchange = adapter.exchange(_CALL)
        said = exchange.first()
        for number in range(5):
            if not isinstance(said, HttpRequest | Wait):
                break
            said = exchange.next(response, float(number))
    if isinstance(said, Recognised):
        _stored(Transcript(recognised=said, timing=Timing()))
    elif isinstance(said, Failure):
        _stored(said)


@of(
    st.integers(0, 99),
    st.lists(BODIES | BODIES.map(lambda body: body.decode("utf-8", "replace")), max_size=6),
    st.none() | st.builds(Close, code=st.none() | st.integers(0, 5000), reason=st.text(max_size=20)),
)
def vendor_streams(which: int, frames: list[bytes | str], close: Close | None) -> None:
    """Messages of a vendor's stream, whichever vendor."""
    adapters = [engine.stream for engine in _vendors() if engine.stream is not None]
    adapter = adapters[which % len(adapters)]
    if isinstance(adapter, PreparedAdapter):
        body = b'{"id": "x", "url": "wss://localhost/"}'
        prepared = adapter.prepared(HttpResponse(status=201, headers={}, content=body))
        assert not isinstance(prepared, Failure)
        adapter = prepared
    _read(adapter.session(_CALL), frames, close)


@of(st.deferred(changes))
def stored_run(changed: tuple[Change, str]) -> None:
    """A scored run folder with one file changed, and a command that reads it."""
    stored_files(changed)


SUBJECTS: dict[str, Callable[[], Callable[..., None]]] = {
    subject.__name__: subject
    for subject in (
        batch_answers,
        streams,
        manifests,
        configs,
        sounds,
        shards,
        importers,
        vendor_answers,
        vendor_streams,
        stored_run,
    )
}


_EXAMPLES = {"stored_run": 10}
"""Tried with one seed, where 100 would take minutes."""


def fuzz(
    subject: Callable[[], Callable[..., None]], seconds: float, first_seed: int, seeds: float = math.inf
) -> tuple[int, str | None]:
    """How many examples were tried, and the first find.

    Args:
        subject: one of SUBJECTS.
        seconds: how long, but one seed at least.
        first_seed: and the numbers after it.
        seeds: how many at most, so that a faster machine tries nothing that this one has not.
    """
    end, number = time.monotonic() + seconds, 0
    examples = _EXAMPLES.get(subject.__name__, 100)
    while number == 0 or (number < seeds and time.monotonic() < end):
        run = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )(seed(first_seed + number)(subject()))
        try:
            run()
        except Exception:
            return number * examples, traceback.format_exc()
        number += 1
    return number * examples, None


def main() -> None:
    """Fuzz every subject."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    found = False
    for name, subject in SUBJECTS.items():
        tried, trace = fuzz(subject, arguments.seconds / len(SUBJECTS), arguments.seed)
        found |= trace is not None
        print(f"{name:14} {tried:7} examples  {'ok' if trace is None else 'FOUND'}", flush=True)
        if trace is not None:
            print(trace[-3000:], flush=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
