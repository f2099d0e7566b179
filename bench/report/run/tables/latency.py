"""Latency and stability beside the headline, and how both go on with the time of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from bench.report.names import definition, metric_name
from bench.report.phrases import noted, plural
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, blocks, engine_columns, entry, pivot, row
from bench.report.tables import NONE, percent, ratio, seconds, with_interval
from bench.scoring.nodes import NodeLatency
from bench.scoring.timing.metric import Metric
from bench.scoring.timing.metrics import HEADLINE_LATENCY, METRICS
from bench.scoring.timing.over_time import TimeBin
from bench.scoring.timing.peers import PEER_METRICS
from bench.types import Cell


def more_latencies(data: RunData, places: Places) -> list[Json]:
    """Every latency and measure of stability beside the headline."""
    pivots = []
    for where, cells in blocks(data, places):
        mode, invalid = cells[0].mode, data.is_invalid(cells[0].mode)
        for title, metrics in _measures(mode):
            rows = [_measure(data, metric, cells, struck=invalid) for metric in metrics]
            shown = [made for made in rows if made is not None]
            if shown:
                note = "Times: median over trials; other measures: mean."
                columns = engine_columns(data)
                pivots.append(pivot(title, shown, columns, corner="measure", note=note, where=where, folded=True))
    return pivots


def _measures(mode: str) -> Iterator[tuple[str, list[Metric]]]:
    known = [m for name, m in METRICS.items() if mode in m.modes and name != HEADLINE_LATENCY[mode]]
    own = [metric for metric in known if metric.name not in PEER_METRICS]
    yield "Latency in detail", [metric for metric in own if metric.unit == "s"]
    yield "Steadiness of what is on display, and the harness itself", [metric for metric in own if metric.unit != "s"]
    yield "Latency as other projects define it", [metric for metric in known if metric.name in PEER_METRICS]


_SHARES = frozenset({"tail_lost", "upsr", "partial_wer"})


def _measure(data: RunData, metric: Metric, cells: Sequence[Cell], *, struck: bool) -> Json | None:
    number = seconds if metric.unit == "s" else percent if metric.name in _SHARES else ratio
    entries: list[Json | None] = []
    for cell in cells:
        estimate = data.number(cell, f"{metric.name}.{metric.statistics[0]}") or data.number(cell, metric.name)
        if estimate is None:
            entries.append(None)
        elif estimate.value is None:
            entries.append(entry(NONE, hint=noted(estimate.note)))
        else:
            entries.append(entry(with_interval(estimate, number), hint=plural(estimate.n, "trial"), struck=struck))
    if not any(made and made["t"] != NONE for made in entries):
        return None
    return row(
        metric_name(metric.name), entries, hint=f"{definition(metric.definition)} ({metric.name}; from {metric.zero})"
    )


def over_time(data: RunData, places: Places) -> Iterator[Json]:
    """How far text is behind the audio, and the errors on display, by time since the streams began."""
    if data.is_invalid("stream"):
        return
    ways: tuple[tuple[str, Callable[[TimeBin], str], Callable[[TimeBin], int]], ...] = (
        ("Text behind the audio while streams go on", lambda part: seconds(part.lag_p50_s), lambda part: part.num_lags),
        ("Errors on display while streams go on", lambda part: percent(part.partial_wer), lambda part: part.spoken),
    )
    for title, text, amount in ways:
        for speech in data.speech:
            for condition in data.conditions:
                cell_place = (condition, *speech)
                own = {
                    series.engine: series
                    for series in data.over_time
                    if (series.condition, series.corpus, series.language) == cell_place
                }
                bins = [() if (series := own.get(engine)) is None else series.bins for engine in data.engines]
                rows = [
                    row(_stretch(parts), [_bin(part, text, amount) for part in parts])
                    for parts in zip_longest(*bins)
                    if any(part is not None and amount(part) for part in parts)
                ]
                if rows:
                    cell = Cell(data.engines[0], "stream", *cell_place)
                    where = {name: places.of(cell)[name] for name in ("m", "c", "s")}
                    note = "Median of the results that came in that stretch; hover for how many."
                    columns = engine_columns(data)
                    yield pivot(title, rows, columns, corner="since the start", note=note, where=where, folded=True)


def _stretch(parts: Sequence[TimeBin | None]) -> str:
    known = next(part for part in parts if part is not None)
    return f"{known.begin_s:g} to {known.end_s:g} s"


def _bin(part: TimeBin | None, text: Callable[[TimeBin], str], amount: Callable[[TimeBin], int]) -> Json | None:
    if part is None or not amount(part):
        return None
    return entry(text(part), hint=f"of {amount(part):,}")


def by_node(data: RunData, places: Places) -> Iterator[Json]:
    """Headline latency on each node of a cluster, so that a bad node is seen."""
    for where, cells in blocks(data, places):
        own = {(each.cell, each.node): each for each in data.node_latencies if each.cell in cells}
        rows = []
        for node in dict.fromkeys(node for _, node in own):
            invalid = bool(data.validity.nodes and node in data.validity.nodes and data.validity.nodes[node].reasons)
            rows.append(row(node, [_on_node(own.get((cell, node)), struck=invalid) for cell in cells]))
        if rows:
            note = "Median with its interval. Slower: wholly above that of all other nodes together."
            yield pivot("Latency by node", rows, engine_columns(data), corner="node", note=note, where=where)


def _on_node(latency: NodeLatency | None, *, struck: bool) -> Json | None:
    if latency is None or latency.median.value is None:
        return None
    slower = ", slower" if latency.slower else ""
    tail = NONE if latency.p95.value is None else seconds(latency.p95.value)
    text = f"{with_interval(latency.median, seconds)}{slower}"
    return entry(text, hint=f"95 % within {tail}; {plural(latency.median.n, 'trial')}", struck=struck)
