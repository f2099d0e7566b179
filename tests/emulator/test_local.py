"""Local recognisers behind the emulator: order, partials as they come, failures, and no stream left open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from bench.emulator.engine_process import EngineDiedError, EngineProcesses
from bench.emulator.heard import HeardSpeech
from bench.emulator.local import LocalRecognizer
from bench.errors import BenchError
from bench.types import Event, Recognised
from tests.emulator.running import HANGS_S, RATE, converse, pcm, running, tone


class Counting:
    """Hears how many samples it was given; says so when asked, and knows how many streams are open."""

    version = "counting"

    def __init__(self, fail_after: int | None = None) -> None:
        self.open = 0
        self.fail_after = fail_after
        self.threads: set[int] = set()

    def transcribe(self, samples, sample_rate_hz, language) -> Recognised:
        return Recognised(text=f"{len(samples)} samples")

    def open_stream(self, sample_rate_hz, language) -> CountingStream:
        self.open += 1
        return CountingStream(self)


class CountingStream:
    def __init__(self, engine: Counting) -> None:
        self._engine, self._heard = engine, 0

    def accept(self, samples) -> Sequence[Event]:
        self._engine.threads.add(threading.get_ident())
        self._heard += len(samples)
        if self._engine.fail_after is not None and self._heard > self._engine.fail_after:
            raise RuntimeError("out of luck")
        return (Event(t_s=0.0, kind="partial", text=str(self._heard)),)

    def finalize(self) -> Sequence[Event]:
        return (Event(t_s=0.0, kind="final", text=f"{self._heard} so far"),)

    def finish(self) -> Sequence[Event]:
        self._engine.open -= 1
        return (Event(t_s=0.0, kind="final", text=f"{self._heard} in all", is_last=True),)


QUERY = "model=pulse&language=en"


def test_audio_is_heard_in_order_and_off_the_loop():
    engine = Counting()
    frames = [pcm(tone(0.1)) for _ in range(5)]
    with running(LocalRecognizer(engine, 2)) as url:
        messages, code = converse(url, QUERY, [*frames, {"type": "finalize"}, *frames, {"type": "close_stream"}])
    finals = [message["transcript"].strip() for message in messages if message["is_final"]]
    partials = [int(message["transcript"]) for message in messages if not message["is_final"]]
    assert finals == ["8000 so far", "16000 in all"]
    assert partials == sorted(partials)
    assert (code, engine.open) == (1000, 0)
    assert threading.get_ident() not in engine.threads


def test_a_client_that_leaves_leaves_no_stream_open():
    engine = Counting()
    with running(LocalRecognizer(engine, 2)) as url:
        for _ in range(3):
            from websockets.sync.client import connect

            with connect(f"{url.replace('http', 'ws')}/waves/v1/stt/live?{QUERY}", proxy=None) as socket:
                socket.send(pcm(tone(0.1)))
                socket.recv(HANGS_S)
    assert engine.open == 0


def test_a_recogniser_that_raises_is_a_server_error():
    with running(LocalRecognizer(Counting(fail_after=100), 2)) as url:
        messages, code = converse(url, QUERY, [pcm(tone(0.1)), {"type": "close_stream"}])
    assert [message["type"] for message in messages] == ["error"]
    assert code == 1011


def test_silence_ends_a_segment():
    frames = [pcm(tone(0.1))] * 5 + [bytes(3200)] * 10
    with running(LocalRecognizer(Counting(), 2)) as url:
        messages, _ = converse(url, QUERY + "&endpointing_timeout=300", [*frames, {"type": "close_stream"}])
    finals = [message for message in messages if message["is_final"]]
    assert [final.get("from_finalize", False) for final in finals] == [False] * len(finals)
    # 300 ms of silence are heard with the third silent message, and then no more than that one.
    assert finals[0]["transcript"] == "12800 so far "
    assert len(finals) == 2


def test_a_dead_worker_does_not_hang_who_feeds_it():
    async def feed() -> None:
        async def emit(heard: HeardSpeech) -> None: ...

        session = LocalRecognizer(Counting(fail_after=0), 1).open(RATE, None, emit)
        for _ in range(1000):
            await session.accept(np.ones(10, np.float32), 0.0)

    with pytest.raises(RuntimeError, match="out of luck"):
        asyncio.run(asyncio.wait_for(feed(), HANGS_S))


def test_an_engine_in_its_own_process_hears_and_dies_alone():
    pytest.importorskip("pocketsphinx")
    engine = EngineProcesses("pocketsphinx", 1)
    try:
        assert "pocketsphinx" in engine.version
        stream = engine.open_stream(RATE, None)
        stream.accept(tone(0.3))
        assert stream.finish()[-1].is_last
        with pytest.raises(EngineDiedError):
            stream.accept(tone(0.3))
        assert isinstance(engine.transcribe(tone(0.2), RATE, None), Recognised)
    finally:
        engine.close()
    with pytest.raises(EngineDiedError, match="has ended"):
        engine.transcribe(tone(0.2), RATE, None)


@pytest.mark.parametrize("name", ["pulse", "no-such-engine"])
def test_what_is_no_local_engine_is_refused(name):
    with pytest.raises(BenchError, match=name):
        EngineProcesses(name, 1)
