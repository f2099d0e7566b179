"""Real time against batch, and when the text is complete. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.report.phrases import Sureness, bounds, listed, noted, plain_points, plural, sentence, sureness
from bench.report.run.answers.parts import failures_differ, signed, too_few, turned
from bench.report.run.data import RunData, Speech
from bench.report.run.replies import tails_lost
from bench.report.sentences import Sentence, Tone
from bench.report.tables import P95_NEEDS, seconds
from bench.types import Cell, Mode


def real_time(data: RunData, best: Cell) -> Iterator[Sentence]:
    """What real time costs in accuracy against batch, on the utterances that were sent both ways."""
    stream = best._replace(mode="stream")
    difference = data.difference(stream, best) if best.mode == "batch" else None
    if difference is None or difference.value is None:
        return
    sure, amount = sureness(difference), plain_points(difference.value, signed=False)
    rates = f"on the same {plural(difference.n, 'utterance')}"
    said = turned(difference) if sure is Sureness.SHOWN and difference.value < 0 else difference
    detail = sentence(rates, bounds(said, signed) or too_few(difference), failures_differ(difference))
    if sure is Sureness.NOT_TOLD_APART or not difference.value:
        head = f"Real time and batch of {best.engine}: not told apart"
        if sure is Sureness.COUNTED:
            head = f"Real time made as many errors as batch ({best.engine})"
        yield Sentence(
            tone="plain" if sure is not Sureness.COUNTED else "unsure", head=head, detail=detail, section="plane"
        )
        return
    way = "more" if difference.value > 0 else "fewer"
    tone: Tone = "unsure" if sure is Sureness.COUNTED else "bad" if difference.value > 0 else "good"
    yield Sentence(
        tone=tone,
        head=f"In real time {best.engine} made {amount} {way} errors than in batch",
        detail=detail,
        section="plane",
    )


def latency(data: RunData, ranked: Sequence[Cell], speech: Speech) -> Iterator[Sentence]:
    """When the text is complete, or how long a request takes, for the best engine and then the others."""
    engines = [cell.engine for cell in ranked]
    modes: tuple[Mode, ...] = ("stream", "batch")
    for mode in modes:
        if mode not in data.modes:
            continue
        cells = [Cell(engine, mode, data.base, *speech) for engine in engines]
        times = time_taken(data, mode, cells)
        if times is not None:
            yield times
        if mode == "stream" and times is not None and not data.is_invalid("stream"):
            return


def time_taken(data: RunData, mode: Mode, cells: Sequence[Cell]) -> Sentence | None:
    if not any(data.count(cell, "trials.attempted") for cell in cells):
        return None
    if data.is_invalid(mode):
        what = "real-time" if mode == "stream" else "batch"
        return Sentence(
            tone="bad",
            head=f"INVALID: this run has no {what} latency",
            detail="the harness itself was late, so what it timed is not the engines' latency",
            section="latency",
        )
    metric = data.latency_metric(mode)
    known = [
        (cell, e) for cell in cells if (e := data.number(cell, f"{metric}.p50")) is not None and e.value is not None
    ]
    if not known:
        reason = next((noted(e.note) for cell in cells if (e := data.number(cell, metric)) is not None and e.note), "")
        head = (
            "When the text is complete cannot be said"
            if mode == "stream"
            else "How long a request takes cannot be said"
        )
        return Sentence(tone="unsure", head=head, detail=reason, section="latency")
    (cell, median), rest = known[0], known[1:]
    others = listed([f"{other.engine} {seconds(estimate.value)}" for other, estimate in rest])
    p95 = data.number(cell, f"{metric}.p95")
    slow = _slow(p95.value) if p95 is not None and p95.value is not None and p95.n >= P95_NEEDS else ""
    what = "stream" if mode == "stream" else "request"
    count = f"median of {plural(median.n, what)}"
    head = (
        f"In real time {cell.engine}'s text is complete {_after(median.value)}"
        if mode == "stream"
        else f"A request to {cell.engine} takes {seconds(median.value)}"
    )
    return Sentence(
        tone="plain",
        head=head,
        detail=sentence(count, bounds(median, seconds), slow, _lost(data, cell), others),
        section="latency",
    )


def _slow(p95: float) -> str:
    return f"95 % within {seconds(p95)}" if p95 >= 0 else f"95 % at least {seconds(-p95)} before"


def _after(value: float | None) -> str:
    if value is not None and value < 0:
        return f"{seconds(-value)} before speech ends"
    return f"{seconds(value)} after speech ends"


def _lost(data: RunData, cell: Cell) -> str:
    """How many streams never delivered their last words: scoring gives those no latency."""
    lost = int((tails_lost(data.rows)[data.rows.rows_of(cell)] > 0).sum())
    if not lost:
        return ""
    return f"{plural(lost, 'stream')} lost the last words and {'is' if lost == 1 else 'are'} not in it"
