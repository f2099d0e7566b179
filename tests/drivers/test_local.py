import asyncio
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from bench.drivers import local
from bench.types import Event, Failure, FailureKind, Recognised, Transcript, Word
from tests.drivers.stream_server import HANGS_S, run

RATE_HZ = 16_000


def tone(duration_s=0.2):
    return np.linspace(-1, 1, round(RATE_HZ * duration_s), dtype=np.float32)


@dataclass
class CountingStream:
    """A recogniser whose text is how much it has heard; a final each 0.1 s."""

    heard: list = field(default_factory=list)
    threads: set = field(default_factory=set)
    delay_s: float = 0.0

    @property
    def audio_s(self):
        return sum(len(part) for part in self.heard) / RATE_HZ

    def accept(self, samples):
        time.sleep(self.delay_s)
        self.threads.add(threading.get_ident())
        self.heard.append(samples)
        return [Event(t_s=-1.0, kind="partial", text=f"heard {self.audio_s:.2f}")]

    def finalize(self):
        return []

    def finish(self):
        word = Word(text="all", start_s=0.0, end_s=self.audio_s)
        return [
            Event(t_s=-1.0, kind="final", text="that is", end_s=0.1),
            Event(t_s=-1.0, kind="final", text="all ", end_s=self.audio_s, words=(word,), is_last=True),
        ]


@dataclass
class Engine:
    recogniser: CountingStream = field(default_factory=CountingStream)
    version: str = "1"

    def transcribe(self, samples, sample_rate_hz, language):
        return Recognised(text=f"{len(samples)} at {sample_rate_hz} in {language}")

    def open_stream(self, sample_rate_hz, language):
        return self.recogniser


def streamed(engine, samples=None, **options):
    options = {"chunk_s": 0.02, **options}
    return run(local.stream(engine, tone() if samples is None else samples, RATE_HZ, "en", **options))


def test_a_whole_recording_is_timed_from_the_call():
    outcome = local.transcribe(Engine(), tone(), RATE_HZ, "en")
    assert outcome.text == "3200 at 16000 in en"
    assert outcome.timing.done_s > 0


def test_a_recognisers_exception_is_a_failure_of_the_engine():
    class Broken(Engine):
        def transcribe(self, samples, sample_rate_hz, language):
            raise RuntimeError("out of memory")

    outcome = local.transcribe(Broken(), tone(), RATE_HZ, "en")
    assert (outcome.kind, outcome.message) == (FailureKind.ENGINE, "recogniser: RuntimeError: out of memory")


def test_every_sample_reaches_the_recogniser_once_in_chunks_and_in_one_worker_thread():
    engine = Engine()
    outcome = streamed(engine, tone(0.19), chunk_s=0.04)
    assert isinstance(outcome, Transcript)
    assert np.array_equal(np.concatenate(engine.recogniser.heard), tone(0.19))
    assert [len(part) for part in engine.recogniser.heard] == [640, 640, 640, 640, 480]
    assert len(engine.recogniser.threads) == 1
    assert threading.get_ident() not in engine.recogniser.threads


def test_chunks_are_due_when_a_microphone_would_have_had_them():
    timing = streamed(Engine()).timing
    due = [0.02 * (k + 1) for k in range(10)]
    assert all(sent >= at for sent, at in zip(timing.chunk_sent_s, due, strict=True))
    assert timing.last_sent_s <= timing.end_sent_s <= timing.done_s
    assert timing.connect_s >= 0


def test_events_are_stamped_when_the_recogniser_returned_them():
    events = streamed(Engine()).events
    assert [event.t_s for event in events] == sorted(event.t_s for event in events)
    assert events[0].t_s >= 0.02
    assert events[0].audio_sent_s >= 0.02
    assert events[-1].audio_sent_s == pytest.approx(0.2)
    assert events[-1].is_last


def test_the_answer_is_the_finals_in_order_with_their_words_and_segments():
    recognised = streamed(Engine()).recognised
    assert recognised.text == "that is all"
    assert [word.text for word in recognised.words] == ["all"]
    assert [segment.end_s for segment in recognised.segments] == [0.1, pytest.approx(0.2)]


def test_a_slow_recogniser_falls_behind_without_delaying_the_microphone():
    outcome = streamed(Engine(CountingStream(delay_s=0.05)))
    assert outcome.timing.done_s >= 10 * 0.05
    assert outcome.timing.last_sent_s < outcome.timing.done_s
    assert any(event.audio_sent_s > float(event.text.split()[1]) for event in outcome.events if event.kind == "partial")


def test_speed_shortens_the_schedule():
    timing = streamed(Engine(), tone(1.0), speed=10.0).timing
    assert timing.speed == 10.0
    assert timing.chunk_sent_s[0] >= 0.002


@pytest.mark.parametrize("method", ["open_stream", "accept", "finish"])
def test_an_exception_in_the_worker_is_a_failure(method):
    engine = Engine()

    def broken(*args):
        raise ValueError("no")

    setattr(engine if method == "open_stream" else engine.recogniser, method, broken)
    outcome = streamed(engine)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.ENGINE


def test_no_audio_is_a_failure():
    assert streamed(Engine(), tone(0.0)).kind is FailureKind.AUDIO


def test_a_cancelled_stream_lets_its_worker_end():
    engine = Engine()

    async def main():
        task = asyncio.create_task(local.stream(engine, tone(30.0), RATE_HZ, "en", chunk_s=0.02))
        while not engine.recogniser.heard:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    for thread in threading.enumerate():
        if thread.name == "recogniser":
            thread.join(timeout=HANGS_S)
            assert not thread.is_alive()
