"""Whether the run reached what its config asked for: one sentence a target. Formats; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.comparison.targets import Met, Target
from bench.report.metric_numbers import value_format
from bench.report.names import MODE_NAMES, metric_name
from bench.report.phrases import listed, sentence
from bench.report.run.data import RunData, Speech, speech_name
from bench.report.sentences import Sentence, Tone
from bench.scoring.timing.metrics import METRICS

_ORDER = (Met.MISSED, Met.NOT_SHOWN, Met.NOT_MEASURED, Met.MET)


def targets(data: RunData, speech: Speech | None = None) -> Iterator[Sentence]:
    """Of one corpus and language; `None`: of all."""
    by_target: dict[tuple[str, float], list[Target]] = {}
    for target in data.targets:
        if speech is None or (target.cell.corpus, target.cell.language) == speech:
            by_target.setdefault((target.metric, target.bound), []).append(target)
    for same in by_target.values():
        yield _sentence(data, same)


def _sentence(data: RunData, same: Sequence[Target]) -> Sentence:
    first = same[0]
    number = value_format(first.metric)
    way = "at most" if first.lower_is_better else "at least"
    verdicts = {target.verdict for target in same}
    worst = next(verdict for verdict in _ORDER if verdict in verdicts)
    tones: dict[Met, Tone] = {Met.MET: "good", Met.MISSED: "bad", Met.NOT_SHOWN: "unsure", Met.NOT_MEASURED: "unsure"}
    alone = len(verdicts) == 1
    told = worst.value if alone else f"{sum(t.verdict is Met.MET for t in same)} of {len(same)} met"
    parts = []
    for verdict in _ORDER:
        places = [_where(data, target) for target in same if target.verdict is verdict]
        if places:
            parts.append(f"{'' if alone else f'{verdict.value}: '}{listed(places, most=3)}")
    return Sentence(
        tone=tones[worst],
        head=f"Target {metric_name(first.metric)} {way} {number(first.bound)}: {told}",
        detail=sentence(*parts),
        section="latency" if first.metric.rpartition(".")[0] in METRICS else "conditions",
    )


def _where(data: RunData, target: Target) -> str:
    """The cell, as far as it needs saying, with its value."""
    cell = target.cell
    parts = [cell.engine]
    if len(data.modes) > 1:
        parts.append(MODE_NAMES[cell.mode].lower())
    if len(data.conditions) > 1:
        parts.append(cell.condition)
    if len(data.speech) > 1:
        parts.append(speech_name(data, Speech(cell.corpus, cell.language)))
    value = "" if target.value is None else f" {value_format(target.metric)(target.value)}"
    return f"{' '.join(parts)}{value}"
