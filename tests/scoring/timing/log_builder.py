"""Short event logs, written down as (when, kind, text)."""

from __future__ import annotations

from bench.scoring.timing.log import Log
from bench.scoring.timing.metric import evaluate
from bench.types import Event, Recognised, Timing, Transcript, Utterance, Word


def utterance(text="one two three", *, words=None, start_s=0.5, end_s=2.0, duration_s=2.5):
    timed = None if words is None else tuple(Word(text=w, start_s=a, end_s=b) for w, a, b in words)
    return Utterance(
        id="u",
        corpus="c",
        audio="u.wav",
        sha256="0" * 64,
        sample_rate_hz=16_000,
        num_samples=round(duration_s * 16_000),
        text=text,
        language="en",
        words=timed,
        speech_start_s=start_s,
        speech_end_s=end_s,
    )


def transcript(*shown, timing=None, extras=None):
    """Each of `shown` is (t_s, kind, text) or (t_s, kind, text, end_s)."""
    events = tuple(
        Event(t_s=t_s, kind=kind, text=text, audio_sent_s=min(t_s, 2.5), end_s=rest[0] if rest else None)
        for t_s, kind, text, *rest in shown
    )
    text = " ".join(event.text for event in events if event.kind == "final")
    default = Timing(last_sent_s=2.5, end_sent_s=2.5, done_s=max((e.t_s for e in events), default=2.5))
    return Transcript(recognised=Recognised(text=text, extras=extras or {}), timing=timing or default, events=events)


def values_of(metrics, reference, answer, mode, **options):
    """Values and reasons of a table of metrics for one answer; `options`: those of `Log`."""
    return evaluate(metrics, Log(utterance=reference, transcript=answer, mode=mode, **options))
