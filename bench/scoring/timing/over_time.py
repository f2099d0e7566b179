"""How streams fare while they go on: lag of the text and errors on display, by time since the audio began. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.timing.latency import audio_to_text_lags, percentile
from bench.scoring.timing.log import Log, Unavailable
from bench.scoring.timing.stability import PartialErrors, partial_wer_curve

_WIDTHS_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_MOST_BINS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBin:
    """All results that came in one stretch of the streams' time."""

    begin_s: float
    end_s: float
    num_lags: int = 0
    """Results whose engine says which audio they cover."""
    lag_p50_s: float | None = None
    """How far the text was behind the audio; `None`: no engine said."""
    lag_p95_s: float | None = None
    errors: int = 0
    """Word errors of what was on display against the words spoken by then, over all results."""
    spoken: int = 0
    """Words spoken by then, over all results; 0: none, or the reference has no word times."""

    @property
    def partial_wer(self) -> float | None:
        return self.errors / self.spoken if self.spoken else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    """One engine under one condition on one corpus and language."""

    engine: str
    condition: str
    corpus: str
    language: str
    num_streams: int
    bins: tuple[TimeBin, ...]
    """One after the other from the start of the audio; those in which nothing came are there too."""


Group = tuple[str, str, str, str]
"""Engine, condition, corpus, language."""


def over_time(
    logs: Iterable[tuple[Group, Log]], *, engines: Sequence[str], conditions: Sequence[str]
) -> tuple[OverTime, ...]:
    """One for each group that streamed in real time, engines and conditions in the order given; bins of one width."""
    lags: dict[Group, list[tuple[float, float]]] = defaultdict(list)
    errors: dict[Group, list[PartialErrors]] = defaultdict(list)
    streams: dict[Group, int] = {}
    for group, log in logs:
        if log.mode != "stream" or log.timing.speed != 1 or log.transcript.origin is not None:
            continue
        streams[group] = streams.get(group, 0) + 1
        lags[group] += audio_to_text_lags(log)
        errors[group] += _errors(log)
    last_s = max((at for found in lags.values() for at, _ in found), default=0.0)
    last_s = max([last_s, *(each.t_s for found in errors.values() for each in found)])
    width_s = next((width for width in _WIDTHS_S if last_s < width * _MOST_BINS), _WIDTHS_S[-1])
    return tuple(
        OverTime(
            **dict(zip(("engine", "condition", "corpus", "language"), group, strict=True)),
            num_streams=number,
            bins=_bins(lags[group], errors[group], width_s, int(last_s // width_s) + 1),
        )
        for group, number in sorted(streams.items(), key=lambda item: _place(item[0], engines, conditions))
    )


def _place(group: Group, engines: Sequence[str], conditions: Sequence[str]) -> tuple[int, str, str, int]:
    engine, condition, corpus, language = group
    return engines.index(engine), corpus, language, conditions.index(condition)


def _errors(log: Log) -> list[PartialErrors]:
    try:
        return partial_wer_curve(log)
    except Unavailable:  # no word times
        return []


def _bins(
    lags: Sequence[tuple[float, float]], errors: Sequence[PartialErrors], width_s: float, number: int
) -> tuple[TimeBin, ...]:
    lags_in: dict[int, list[float]] = defaultdict(list)
    errors_in: dict[int, list[PartialErrors]] = defaultdict(list)
    for at, lag in lags:
        lags_in[int(at // width_s)].append(lag)
    for each in errors:
        errors_in[int(each.t_s // width_s)].append(each)
    return tuple(
        TimeBin(
            begin_s=index * width_s,
            end_s=(index + 1) * width_s,
            num_lags=len(lags_in[index]),
            lag_p50_s=percentile(lags_in[index], 0.5) if lags_in[index] else None,
            lag_p95_s=percentile(lags_in[index], 0.95) if lags_in[index] else None,
            errors=sum(each.errors for each in errors_in[index]),
            spoken=sum(each.spoken for each in errors_in[index]),
        )
        for index in range(number)
    )
