"""A recording that is answered at known instants, and what every latency metric must then be. Pure.

The truth is worked out from the script's rules (docs/emulator.md), the metrics' definitions (docs/latency.md) and
the times at which chunks are due, without the code that computes the metrics from a log. It is exact had every chunk
been sent when due and nothing taken time but the script's delays. Answers come half a chunk away from any chunk, so
that what they find sent does not hang on a fraction of a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bench.types import Utterance, Word

RATE_HZ = 16_000
CHUNK_BYTES = 4_096
CHUNK_S = CHUNK_BYTES / 2 / RATE_HZ
DURATION_S = 2.0
_ONSET_S, _END_S = 0.3, 1.5
_TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_WORDS = tuple(_TEXT.split())
_WORD_S = (_END_S - _ONSET_S) / len(_WORDS)
_STARTS = tuple(_ONSET_S + index * _WORD_S for index in range(len(_WORDS)))
_ENDS = tuple(start + _WORD_S for start in _STARTS)
_LONGEST_FINAL = 10
"""Words after which the service cuts a final as a partial outgrows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownScript:
    """When the emulator says what; seconds after the message that starts each delay."""

    first_partial_delay_s: float = 1.5 * CHUNK_S
    partial_interval_s: float = 2 * CHUNK_S
    final_delay_s: float = 1.5 * CHUNK_S
    close_delay_s: float = 0.1
    batch_delay_s: float = 0.05
    drafts: Mapping[str, str] = field(default_factory=lambda: {"three": "tree", "six": "sick", "thirteen": "thirty"})

    def entry(self) -> dict[str, Any]:
        """As the emulator reads it."""
        delays = {name: getattr(self, name) for name in self.__slots__}
        return {"text": _TEXT, "speech_start_s": _ONSET_S, "speech_end_s": _END_S, **delays}


def utterance(audio: str, sha256: str) -> Utterance:
    """The recording's manifest entry, with the times of its words."""
    words = zip(_WORDS, _STARTS, _ENDS, strict=True)
    return Utterance(
        id="known",
        corpus="calibration",
        audio=audio,
        sha256=sha256,
        sample_rate_hz=RATE_HZ,
        num_samples=round(DURATION_S * RATE_HZ),
        text=_TEXT,
        language="en",
        words=tuple(Word(text=text, start_s=start, end_s=end) for text, start, end in words),
        speech_start_s=_ONSET_S,
        speech_end_s=_END_S,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What stands on display from one message with text on."""

    t_s: float
    right: int
    """So many words, counted from the first, stand there as they will stay."""
    places: int
    """So many words stand there, a draft included."""
    confirmed: int
    """So many are in finals."""

    @property
    def sent_s(self) -> float:
        """Audio sent by then."""
        return min(DURATION_S, math.floor(self.t_s / CHUNK_S) * CHUNK_S)


def _due_s(at_s: float) -> float:
    """When the chunk that holds the sample at a moment is due."""
    return min(DURATION_S, (math.floor(at_s / CHUNK_S) + 1) * CHUNK_S)


def _answers(script: KnownScript) -> Iterator[_Answer]:
    """By docs/emulator.md: each partial has the words that had ended by its deadline's moment of the audio."""
    final_s = _due_s(_END_S - 1 / RATE_HZ) + script.final_delay_s
    first_s = _due_s(_ONSET_S) + script.first_partial_delay_s
    confirmed = told = 0
    for number in range(math.ceil((final_s - first_s) / script.partial_interval_s)):
        spoken_s = number * script.partial_interval_s
        heard = max(1, sum(end <= _ONSET_S + spoken_s for end in _ENDS))
        if heard == told:
            continue
        told = heard
        at_s = first_s + spoken_s
        if heard - confirmed > _LONGEST_FINAL:
            confirmed += _LONGEST_FINAL
            yield _Answer(t_s=at_s, right=confirmed, places=confirmed, confirmed=confirmed)
        right = heard - (_WORDS[heard - 1] in script.drafts)
        yield _Answer(t_s=at_s, right=right, places=heard, confirmed=confirmed)
    yield _Answer(t_s=final_s, right=len(_WORDS), places=len(_WORDS), confirmed=len(_WORDS))


def true_latencies(script: KnownScript) -> dict[str, float]:
    """What each metric must be, the three that matter most first."""
    answers = list(_answers(script))
    finals = [answer for before, answer in pairwise(answers) if answer.confirmed > before.confirmed]
    first_s, final_s = answers[0].t_s, answers[-1].t_s
    first_shown = [_when(answers, "places", index) for index in range(len(_WORDS))]
    stayed = [_when(answers, "right", index) for index in range(len(_WORDS))]
    confirmed = [_when(answers, "confirmed", index) for index in range(len(_WORDS))]
    emitted, settled = _after(stayed, _ENDS), _after(confirmed, _ENDS)
    behind = [final.t_s - _ENDS[final.confirmed - 1] for final in finals]  # Pulse times the words of finals alone
    chunks = [math.ceil(end / CHUNK_S) * CHUNK_S for end in _ENDS]
    return {
        "first_partial_latency_s": first_s - _ONSET_S,
        "final_latency_s": final_s - _END_S,
        "end_to_last_message_s": script.close_delay_s,
        "first_text_latency_s": first_s - _ONSET_S,
        "first_final_latency_s": finals[0].t_s - _ONSET_S,
        "audio_end_to_final_s": final_s - DURATION_S,
        "end_to_last_final_s": final_s - DURATION_S,
        "segment_final_delay_p50_s": _rank(behind, 0.5),
        "segment_final_delay_max_s": max(behind),
        "audio_to_text_lag_p50_s": _rank(behind, 0.5),
        "audio_to_text_lag_p95_s": _rank(behind, 0.95),
        "word_emission_partial_p50_s": _rank(emitted, 0.5),
        "word_emission_partial_p90_s": _rank(emitted, 0.9),
        "word_emission_final_p50_s": _rank(settled, 0.5),
        "word_emission_final_p90_s": _rank(settled, 0.9),
        "time_to_stable_word_s": _mean(_after(stayed, first_shown)),
        "pipecat_ttfs_s": final_s - _END_S,
        "coval_ttfs_s": final_s - _END_S,
        "coval_ttft_s": first_s,
        "openbench_streaming_latency_s": _openbench([(answer.right, answer.sent_s) for answer in answers]),
        "openbench_confirmed_latency_s": _openbench([(answer.confirmed, answer.sent_s) for answer in finals]),
        "picovoice_word_emission_latency_s": _mean(_after(stayed, chunks)),
        "batch_latency_s": script.batch_delay_s,
    }


def _when(answers: Sequence[_Answer], what: str, index: int) -> float:
    """When a place of the text was first among the words so counted."""
    return next(answer.t_s for answer in answers if getattr(answer, what) > index)


def _after(times: Sequence[float], begins: Sequence[float]) -> list[float]:
    return [time - begin for time, begin in zip(times, begins, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _rank(values: Sequence[float], level: float) -> float:
    return sorted(values)[math.ceil(level * len(values)) - 1]


def _openbench(results: Sequence[tuple[int, float]]) -> float:
    """Mean distance of audio sent to the last word shown, and to the one before the result, by audio added."""
    weighted = 0.0
    for (before, _), (now, sent_s) in pairwise([(0, 0.0), *results]):
        if now > before:
            low, high = sent_s - _ENDS[now - 1], sent_s - (_ENDS[before - 1] if before else 0.0)
            weighted += (max(0.0, low) + max(0.0, high)) / 2 * (now - before) * _WORD_S
    return weighted / (len(_WORDS) * _WORD_S)
