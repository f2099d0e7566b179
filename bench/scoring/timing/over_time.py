"""How streams fare while they go on: lag of the text and errors on display, by time since the audio began. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.scoring.cells import Order
from bench.scoring.timing.latency import audio_to_text_lags, percentile
from bench.scoring.timing.log import Log, Unavailable
from bench.scoring.timing.stability import PartialErrors, partial_wer_curve
from bench.types import Cell

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the streams of one cell showed, and when; columns are parallel."""

    streams: int = 0
    lags: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    """Shape (n, 2): when a result came, and how far it was behind the audio."""
    errors: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    """Shape (n, 3): when, errors of what was on display, words spoken by then."""


def marks(logs: Iterable[tuple[Cell, Log]]) -> dict[Cell, Marks]:
    """Of each cell that streamed in real time, in some of a run's trials."""
    lags: dict[Cell, list[tuple[float, float]]] = defaultdict(list)
    errors: dict[Cell, list[PartialErrors]] = defaultdict(list)
    streams: dict[Cell, int] = {}
    for cell, log in logs:
        if log.mode != "stream" or log.timing.speed != 1 or log.transcript.origin is not None:
            continue
        streams[cell] = streams.get(cell, 0) + 1
        lags[cell] += audio_to_text_lags(log)
        errors[cell] += _errors(log)
    return {
        cell: Marks(
            streams=number,
            lags=np.array(lags[cell], dtype=np.float64).reshape(-1, 2),
            errors=np.array([(e.t_s, e.errors, e.spoken) for e in errors[cell]], dtype=np.float64).reshape(-1, 3),
        )
        for cell, number in streams.items()
    }


def over_time(parts: Iterable[Mapping[Cell, Marks]], *, order: Order) -> tuple[OverTime, ...]:
    """One for each cell of any part, in order; bins of one width."""
    parts = list(parts)
    cells = {cell: _joined([part[cell] for part in parts if cell in part]) for part in parts for cell in part}
    times = [times for own in cells.values() for times in (own.lags[:, 0], own.errors[:, 0]) if times.size]
    last_s = max([0.0, *(float(each.max()) for each in times)])
    width_s = next((width for width in _WIDTHS_S if last_s < width * _MOST_BINS), _WIDTHS_S[-1])
    return tuple(
        OverTime(
            engine=cell.engine,
            condition=cell.condition,
            corpus=cell.corpus,
            language=cell.language,
            num_streams=cells[cell].streams,
            bins=_bins(cells[cell], width_s, int(last_s // width_s) + 1),
        )
        for cell in sorted(cells, key=order.of)
    )


def _joined(parts: Sequence[Marks]) -> Marks:
    return Marks(
        streams=sum(part.streams for part in parts),
        lags=np.concatenate([part.lags for part in parts]),
        errors=np.concatenate([part.errors for part in parts]),
    )


def _errors(log: Log) -> list[PartialErrors]:
    try:
        return partial_wer_curve(log)
    except Unavailable:  # no word times
        return []


def _bins(own: Marks, width_s: float, number: int) -> tuple[TimeBin, ...]:
    lags_in, errors_in = own.lags[:, 0] // width_s, own.errors[:, 0] // width_s
    return tuple(
        _bin(index, width_s, own.lags[lags_in == index, 1].tolist(), own.errors[errors_in == index])
        for index in range(number)
    )


def _bin(index: int, width_s: float, lags: list[float], errors: NDArray[np.float64]) -> TimeBin:
    return TimeBin(
        begin_s=index * width_s,
        end_s=(index + 1) * width_s,
        num_lags=len(lags),
        lag_p50_s=percentile(lags, 0.5) if lags else None,
        lag_p95_s=percentile(lags, 0.95) if lags else None,
        errors=int(errors[:, 1].sum()),
        spoken=int(errors[:, 2].sum()),
    )
