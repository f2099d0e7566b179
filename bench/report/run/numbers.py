"""What the figures of a run's page are drawn from: cells, differences, curves, streams, as plain JSON values.

Every estimate comes as value, bounds and text; the page formats no estimate and computes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from bench.report.names import LATENCY_NAMES, MODE_NAMES
from bench.report.phrases import NumberText, Sureness, bounds, noted, plain_points, sureness
from bench.report.run.curves import DoseCurve, curves
from bench.report.run.data import (
    RunData,
    Speech,
    complete,
    is_complete,
    latencies,
    latency_of,
    speech_name,
    unit_word,
)
from bench.report.run.replies import replayed, tail_lost, tails_lost
from bench.report.tables import P95_NEEDS, percent, seconds
from bench.scoring.cells import ScoredTrial
from bench.types import Cell, Estimate, Mode

DOTS = 300
"""Most dots drawn of one cell; beyond, an even sample over the order of their latency."""
LOST_DRAWN = 6
"""Most marks of streams that lost their end; how many there are stands beside them."""
_SURE = {Sureness.SHOWN: "apart", Sureness.NOT_TOLD_APART: "same", Sureness.COUNTED: "counted"}


def estimate_json(estimate: Estimate | None, number: NumberText) -> dict[str, Any] | None:
    """`v`alue, `lo`, `hi`, `n`, `k` clusters, `t`ext, `i`nterval as text, note."""
    if estimate is None:
        return None
    low, high = estimate.low, estimate.high
    return {
        "v": _short(estimate.value),
        "lo": _short(low),
        "hi": _short(high),
        "n": estimate.n,
        "k": estimate.n_clusters,
        "t": number(estimate.value),
        "i": "" if low is None or high is None else f" [{_bare(number(low))}, {_bare(number(high))}]",
        "note": noted(estimate.note),
    }


def _bare(text: str) -> str:
    for unit in (" %", " points", " point"):
        text = text.removesuffix(unit)
    return text


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


class Places:
    """Numbers in place of names: engines, conditions, modes, speech, utterances."""

    def __init__(self, data: RunData) -> None:
        self.engine = {name: k for k, name in enumerate(data.engines)}
        self.condition = {name: k for k, name in enumerate(data.conditions)}
        self.mode: dict[str, int] = {name: k for k, name in enumerate(data.modes)}
        self.speech = {speech: k for k, speech in enumerate(data.speech)}

    def of(self, cell: Cell) -> dict[str, int]:
        """A cell as `e`, `c`, `m`, `s`."""
        return {
            "e": self.engine[cell.engine],
            "c": self.condition[cell.condition],
            "m": self.mode[cell.mode],
            "s": self.speech[Speech(cell.corpus, cell.language)],
        }


def figures(data: RunData) -> dict[str, Any]:
    """Everything that the figures draw."""
    places = Places(data)
    names: dict[int, str] = {}
    return {
        "name": data.name,
        "engines": list(data.engines),
        "conditions": list(data.conditions),
        "modes": [_mode(data, mode) for mode in data.modes],
        "speech": [
            {"name": speech_name(data, speech), "unit": unit_word(data, speech.language), **speech._asdict()}
            for speech in data.speech
        ],
        "cells": _cells(data, places, names),
        "differences": list(_differences(data, places)),
        "means": list(_means(data, places)),
        "curves": list(_dose_charts(data, places)),
        "dotNames": names,
        "streams": streams(data, places),
        "latencyTargets": list(_latency_targets(data, places)),
    }


def _mode(data: RunData, mode: Mode) -> dict[str, Any]:
    speed = data.spec.config.stream.speed
    paced = mode == "stream" and speed != 1
    return {
        "id": mode,
        "name": MODE_NAMES[mode],
        "latency": LATENCY_NAMES[mode],
        "invalid": data.is_invalid(mode),
        "noLatency": f"Streams were paced at {speed:g} times real time, so that they have no latency." if paced else "",
    }


# -- cells ------------------------------------------------------------------------------------


def _cells(data: RunData, places: Places, names: dict[int, str]) -> list[dict[str, Any]]:
    """`names` of the utterances that are drawn are filled in, by their number in the order of their keys."""
    latency, lost, timed = latencies(data.rows), tails_lost(data.rows) > 0, complete(data.rows)
    utterances = data.rows.texts("utterance_id").used()
    numbers = np.searchsorted(np.array(utterances, dtype=object), data.rows.texts("utterance_id").texts())
    cells = []
    for cell in data.cells:
        rows = data.rows.rows_of(cell)
        own = rows[timed[rows]]
        own = own[np.argsort(latency[own], kind="stable")]
        drawn, own_lost = _sample(own.tolist()), numbers[rows[lost[rows]]].tolist()
        dots = [[_short(float(latency[row])), int(numbers[row])] for row in drawn]
        marks = own_lost[:LOST_DRAWN]
        names.update({number: utterances[number] for number in (*(number for _, number in dots), *marks)})
        shown = {"dots": dots, "timed": len(own), "lost": marks, "numLost": len(own_lost)}
        cells.append({**_cell(data, places, cell), **shown})
    return cells


def _cell(data: RunData, places: Places, cell: Cell) -> dict[str, Any]:
    """What estimates say of it."""
    metric = data.latency_metric(cell.mode)
    p95 = data.number(cell, f"{metric}.p95")
    return {
        **places.of(cell),
        "unit": unit_word(data, cell.language),
        "wer": estimate_json(data.number(cell, "wer"), percent),
        "lat": {
            "p50": estimate_json(data.number(cell, f"{metric}.p50"), seconds),
            "p95": estimate_json(p95, seconds) if p95 is not None and p95.n >= P95_NEEDS else None,
        },
        **{name: data.count(cell, f"trials.{name}") for name in ("attempted", "answered", "failed", "empty")},
    }


def _sample(rows: Sequence[int]) -> list[int]:
    """All, or evenly spread over their order, the first and the last among them."""
    if len(rows) <= DOTS:
        return list(rows)
    step = (len(rows) - 1) / (DOTS - 1)
    return [rows[round(k * step)] for k in range(DOTS)]


# -- doses ------------------------------------------------------------------------------------


def _dose_charts(data: RunData, places: Places) -> Iterator[dict[str, Any]]:
    """Word errors against the dose, a chart each mode and speech; both modes of a speech on one scale."""
    for curve in curves(data.conditions.values()):
        for speech in data.speech:
            lines = {mode: list(_dose_lines(data, places, curve, mode, speech)) for mode in data.modes}
            points = [point for own in lines.values() for line in own for point in line["points"]]
            for mode in data.modes:
                if any(len(line["points"]) > 1 for line in lines[mode]):
                    yield {
                        "m": places.mode[mode],
                        "s": places.speech[speech],
                        "title": f"Word errors against {curve.label}",
                        "unit": "ratio",
                        "x": curve.label,
                        "log": curve.log,
                        "ticks": [[dose, f"{dose:g}".replace("-", "\N{MINUS SIGN}")] for dose, _ in curve.points],
                        "top": max(point["y"] if point["hi"] is None else point["hi"] for point in points),
                        "lines": lines[mode],
                    }


def _dose_lines(
    data: RunData, places: Places, curve: DoseCurve, mode: Mode, speech: Speech
) -> Iterator[dict[str, Any]]:
    for engine in data.engines:
        points = []
        for dose, condition in curve.points:
            made = estimate_json(data.number(Cell(engine, mode, condition, *speech), "wer"), percent)
            if made is not None and made["v"] is not None:
                text = f"{engine} at {dose:g}: {made['t']}{made['i']}"
                points.append({"x": dose, "y": made["v"], "lo": made["lo"], "hi": made["hi"], "t": text})
        yield {"e": places.engine[engine], "points": points}


# -- differences ------------------------------------------------------------------------------


def _differences(data: RunData, places: Places) -> Iterable[dict[str, Any]]:
    """What each condition adds to the first, with its value for each speaker where there is no interval."""
    for cell in data.cells:
        base = cell._replace(condition=data.base)
        difference = data.difference(cell, base) if cell != base else None
        if difference is not None:
            ours, first = data.speakers(cell), data.speakers(base)
            speakers = [
                (name, _short(own.value - other.value))
                for name, own in ours.items()
                if (other := first.get(name)) is not None and own.value is not None and other.value is not None
            ]
            yield {
                **places.of(cell),
                "d": estimate_json(difference, plain_points),
                "sure": _SURE[sureness(difference)],
                "speakers": [] if difference.low is not None else speakers,
            }


def _means(data: RunData, places: Places) -> Iterable[dict[str, Any]]:
    for pool, estimate in data.pools:
        if estimate.metric == "wer.macro":
            yield {
                "e": places.engine[pool.engine],
                "m": places.mode[pool.mode],
                "c": places.condition[pool.condition],
                "n": estimate_json(estimate, percent),
            }


def _latency_targets(data: RunData, places: Places) -> Iterable[dict[str, Any]]:
    """Lines in the latency figure: targets of the headline latency, whatever statistic they speak of."""
    seen = set()
    for target in data.targets:
        line = (target.metric, target.bound, target.cell.mode, target.cell.corpus, target.cell.language)
        if line in seen:
            continue
        seen.add(line)
        if target.metric.rpartition(".")[0] == data.latency_metric(target.cell.mode):
            cell_name = places.of(target.cell)
            text = f"{seconds(target.bound)} ({target.metric.rpartition('.')[2]})"
            yield {"m": cell_name["m"], "s": cell_name["s"], "at": target.bound, "text": text}


# -- streams ----------------------------------------------------------------------------------


def streams(data: RunData, places: Places) -> list[dict[str, Any]]:
    """Streams that can be replayed, with all that was on display."""
    made = (_stream(data, places, row) for row in replayed(data.rows, data.engines))
    return [stream for stream in made if stream is not None]


def _stream(data: RunData, places: Places, row: ScoredTrial) -> dict[str, Any] | None:
    transcript = data.transcripts.get(row.trial_id)
    utterance = data.utterances[row.utterance_id]
    if transcript is None:
        return None
    shown = [event for event in transcript.events if event.kind in {"partial", "final"}]
    speech = (utterance.speech_start_s, utterance.speech_end_s)
    return {
        **places.of(row.cell),
        "key": row.utterance_id,
        "audio": _short(utterance.duration_s),
        "speech": None if None in speech else [_short(moment) for moment in speech],
        "latency": _short(latency_of(row)) if is_complete(row) else None,
        "lost": tail_lost(row),
        "events": [[round(event.t_s, 3), event.kind == "final", event.text] for event in shown],
    }


__all__ = ["Places", "bounds", "estimate_json", "figures"]
