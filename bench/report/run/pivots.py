"""Tables of a run's page: rows are what was measured, columns the engines, one table a mode, condition and speech.

The page shows those of the mode, condition and speech that are chosen. Formats; computes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

from bench.report.phrases import plural
from bench.report.run.data import MODE_NAMES, RunData, Speech, language_name, unit_word
from bench.report.run.numbers import Places
from bench.report.tables import NONE, count, percent, points, ratio, seconds, with_interval
from bench.scoring.errors.analysis import Breakdown, CellAnalysis, Part
from bench.scoring.errors.causes import MIN_LOST_WORDS
from bench.scoring.errors.confusions import Confusion
from bench.scoring.errors.hallucination import MIN_REPEATS, MIN_RUN, OVERLONG
from bench.scoring.estimates import dose_unit
from bench.scoring.timing.metric import Metric
from bench.scoring.timing.metrics import HEADLINE_LATENCY, METRICS
from bench.scoring.timing.over_time import TimeBin
from bench.scoring.timing.peers import PEER_METRICS
from bench.types import Cell, Estimate, FailureKind, Mode

Json: TypeAlias = dict[str, Any]
_CONFUSIONS_SHOWN = 8
_SUSPECTS_SHOWN = 30
_CONTEXT_WORDS = 4


def entry(text: str, *, hint: str = "", search: str = "", struck: bool = False) -> Json:
    """One place of a table. `search`: a click looks for it among all utterances."""
    found: Json = {"t": text}
    if hint:
        found["hint"] = hint
    if search:
        found["search"] = search
    if struck:
        found["struck"] = True
    return found


def pivot(
    title: str,
    rows: Sequence[Json],
    columns: Sequence[Json],
    *,
    corner: str = "",
    note: str = "",
    where: Mapping[str, int] | None = None,
    folded: bool = False,
    is_text: bool = False,
) -> Json:
    """A table. `where`: the `m`ode, `c`ondition and `s`peech that it is of; those left out match all."""
    return {
        "title": title,
        "rows": list(rows),
        "columns": list(columns),
        "corner": corner,
        "note": note,
        "folded": folded,
        "text": is_text,
        **(where or {}),
    }


def row(text: str, cells: Iterable[Json | None], *, hint: str = "") -> Json:
    return {"text": text, "hint": hint, "cells": list(cells)}


def engine_columns(data: RunData) -> list[Json]:
    return [{"e": k, "text": name} for k, name in enumerate(data.engines)]


def blocks(data: RunData, places: Places) -> Iterator[tuple[dict[str, int], list[Cell]]]:
    """Every mode, condition and speech, with its cell for each engine."""
    for speech in data.speech:
        for mode in data.modes:
            for condition in data.conditions:
                cells = [Cell(engine, mode, condition, *speech) for engine in data.engines]
                if any(data.number(cell, "wer") for cell in cells):
                    yield {name: places.of(cells[0])[name] for name in ("m", "c", "s")}, cells


# -- latency ----------------------------------------------------------------------------------


def more_latencies(data: RunData, places: Places) -> list[Json]:
    """Every latency and measure of stability beside the headline."""
    found = []
    for where, cells in blocks(data, places):
        mode, invalid = cells[0].mode, data.is_invalid(cells[0].mode)
        for title, metrics in _measures(mode):
            rows = [_measure(data, metric, cells, struck=invalid) for metric in metrics]
            shown = [made for made in rows if made is not None]
            if shown:
                note = "Times: median over trials; other measures: mean. Hover over a name for what it is."
                columns = engine_columns(data)
                found.append(pivot(title, shown, columns, corner="measure", note=note, where=where, folded=True))
    return found


def _measures(mode: str) -> Iterator[tuple[str, list[Metric]]]:
    known = [m for name, m in METRICS.items() if mode in m.modes and name != HEADLINE_LATENCY[mode]]
    own = [metric for metric in known if metric.name not in PEER_METRICS]
    yield "Latency in detail", [metric for metric in own if metric.unit == "s"]
    yield "Steadiness of what is on display, and the harness itself", [metric for metric in own if metric.unit != "s"]
    yield "Latency as other projects define it", [metric for metric in known if metric.name in PEER_METRICS]


def _measure(data: RunData, metric: Metric, cells: Sequence[Cell], *, struck: bool) -> Json | None:
    number = seconds if metric.unit == "s" else ratio
    entries: list[Json | None] = []
    for cell in cells:
        estimate = data.number(cell, f"{metric.name}.{metric.statistics[0]}") or data.number(cell, metric.name)
        if estimate is None:
            entries.append(None)
        elif estimate.value is None:
            entries.append(entry(NONE, hint=estimate.note or ""))
        else:
            entries.append(entry(with_interval(estimate, number), hint=plural(estimate.n, "trial"), struck=struck))
    if not any(made and made["t"] != NONE for made in entries):
        return None
    return row(metric_name(metric.name), entries, hint=f"{definition(metric)} ({metric.name}; from {metric.zero})")


def metric_name(name: str) -> str:
    """`time to stable word`, for `time_to_stable_word_s`."""
    words = name.removesuffix("_s").replace("_", " ")
    return (
        words.replace(" p50", ", median").replace(" p90", ", 90 %").replace(" p95", ", 95 %").replace(" p99", ", 99 %")
    )


def definition(metric: Metric) -> str:
    """The first paragraph of what it is."""
    return " ".join(metric.definition.split("\n\n")[0].split())


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
                place = (condition, *speech)
                own = {one.engine: one for one in data.over_time if (one.condition, one.corpus, one.language) == place}
                bins = [() if (one := own.get(engine)) is None else one.bins for engine in data.engines]
                rows = [
                    row(_stretch(parts), [_bin(part, text, amount) for part in parts])
                    for parts in zip_longest(*bins)
                    if any(part is not None and amount(part) for part in parts)
                ]
                if rows:
                    cell = Cell(data.engines[0], "stream", *place)
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


# -- languages --------------------------------------------------------------------------------


def languages(data: RunData, places: Places) -> Iterator[Json]:
    """The rate of each language, with the place it may have, and their mean: one table a mode and condition."""
    found: dict[tuple[str, str], dict[str | None, dict[tuple[str, str], Estimate]]] = {}
    for pool, estimate in data.pools:
        tables = found.setdefault((pool.mode, pool.condition), {})
        tables.setdefault(pool.language, {})[pool.engine, estimate.metric] = estimate
    for (mode, condition), tables in found.items():
        spoken = [language for language in tables if language is not None]
        rows = [
            row(
                language_name(language),
                [_placed(tables[language], engine) for engine in data.engines],
                hint=f"counted in {unit_word(data, language)}",
            )
            for language in spoken
        ]
        mean = tables.get(None, {})
        means = [_rate(mean.get((engine, "wer.macro"))) for engine in data.engines]
        rows.append(row(f"mean over {plural(len(spoken), 'language')}", means))
        where = {"m": places.mode[mode], "c": places.condition[condition]}
        note = (
            "Behind a rate its place among the languages of that engine, and the places that no pair of disjoint "
            "intervals excludes. The mean counts every language alike."
        )
        columns = engine_columns(data)
        yield pivot(
            "Error rate of each language", rows, columns, corner="language", note=note, where=where, folded=True
        )


def _placed(found: Mapping[tuple[str, str], Estimate], engine: str) -> Json | None:
    wer, rank = found.get((engine, "wer")), found.get((engine, "wer.rank"))
    if wer is None:
        return entry(NONE, hint="no answer: not ranked, and not in the mean")
    place = ""
    if rank is not None and rank.value is not None and rank.low is not None and rank.high is not None:
        place = f" · {rank.value:.0f} ({rank.low:.0f}–{rank.high:.0f})"
    hint = f"{plural(wer.n, 'answer')}, {plural(wer.n_clusters, 'speaker')}"
    return entry(with_interval(wer, percent) + place, hint=hint)


# -- conditions -------------------------------------------------------------------------------

_COUNTED = (
    ("characters wrong", "cer", "grapheme clusters replaced, left out and added, for 100 that were said"),
    ("utterances with an error", "ser", "the share of utterances that are not wholly right"),
    ("failures as all words lost", "wer.failures_deleted", "a failed trial counts as every word left out"),
    ("answered by every engine", "wer.common", "only utterances that every engine answered"),
    ("first spelling only", "wer.without_variants", "without the other spellings that the references accept"),
    ("syllables (aksharas) wrong", "aer", "orthographic syllables of Indic scripts"),
    ("wrong script transliterated", "wer.transliterated", "answers in another script, after transliteration"),
)


def counted_otherwise(data: RunData, places: Places) -> Iterator[Json]:
    """Other ways to count errors, beside the word error rate."""
    for where, cells in blocks(data, places):
        rows = [
            row(text, [_rate(data.number(cell, metric)) for cell in cells], hint=hint)
            for text, metric, hint in _COUNTED
            if any(data.value(cell, metric) is not None for cell in cells)
        ]
        rows.insert(0, row("replaced, left out, added", [_edits(data, cell) for cell in cells]))
        yield pivot("Counted otherwise", rows, engine_columns(data), corner="", where=where, folded=True)


def _edits(data: RunData, cell: Cell) -> Json:
    names = ("substitutions", "deletions", "insertions")
    return entry(" / ".join(count(data.value(cell, f"words.{name}")) for name in names))


_FIRST_DOSES = ("snr_db", "active_level_dbfs", "clipped_fraction", "loss_rate")


def doses(data: RunData, places: Places) -> Iterator[Json]:
    """What each condition achieved in the audio: all engines were sent the same."""
    named = sorted({metric.split(".")[1] for _, metric in data.cell_metrics if metric.startswith("dose.")})
    names = [name for name in _FIRST_DOSES if name in named] + [name for name in named if name not in _FIRST_DOSES]
    if len(names) <= 1:  # the level after everything is known of clean recordings too
        return
    for number, speech in enumerate(data.speech):
        rows = []
        for condition in data.conditions:
            cells = [Cell(engine, mode, condition, *speech) for engine in data.engines for mode in data.modes]
            best = max(cells, key=lambda cell: max((_dose_n(data, cell, name) for name in names), default=0))
            rows.append(row(condition, [_dose(data, best, name) for name in names]))
        columns = [{"text": _dose_name(name)} for name in names]
        note = "Mean over recordings [least, largest]; noise is held against the active speech level."
        where = {"s": number}
        yield pivot(
            "What was done to the audio", rows, columns, corner="condition", note=note, where=where, folded=True
        )


def _dose_n(data: RunData, cell: Cell, name: str) -> int:
    estimate = data.number(cell, f"dose.{name}.mean")
    return 0 if estimate is None else estimate.n


def _dose_name(name: str) -> str:
    unit = dose_unit(name)
    for ending in ("_dbfs", "_db", "_hz", "_kbps", "_lufs", "_s"):
        name = name.removesuffix(ending)
    return f"{name.replace('_', ' ')} ({unit})" if unit not in {"", "ratio"} else name.replace("_", " ")


def _dose(data: RunData, cell: Cell, name: str) -> Json | None:
    mean, low, high = (data.value(cell, f"dose.{name}.{which}") for which in ("mean", "min", "max"))
    if mean is None:
        return None
    text = _dose_text(name, mean)
    ends = [_dose_text(name, end).removesuffix(" %") for end in (low, high) if end is not None]
    between = f" [{', '.join(ends)}]" if len(ends) == 2 and ends[0] != ends[1] else ""
    return entry(text + between, hint=plural(_dose_n(data, cell, name), "recording"))


def _dose_text(name: str, value: float) -> str:
    if dose_unit(name) == "ratio":
        return percent(value)
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value + 0.0:.2f}"
    return text.removeprefix("-") if not float(text) else text.replace("-", "\N{MINUS SIGN}")


# -- why --------------------------------------------------------------------------------------


def why(data: RunData, places: Places) -> list[Json]:
    """What went wrong: words, kinds of words and of speech, speakers, terms, what was made up; references to check."""
    cells = {one.cell: one for one in data.analysis.cells}
    found: list[Json] = []
    for where, block in blocks(data, places):
        analysed = [cells.get(cell) for cell in block]
        columns = engine_columns(data)
        found += _confusions(analysed, columns, where)
        found += _speakers(data, block, columns, where)
        found += _breakdowns(analysed, columns, where)
        found += _made_up(analysed, columns, where)
        found += _terms(data, block, columns, where)
        found += _term_changes(data, block, columns, where)
    return [*found, *_suspects(data)]


def _confusions(cells: Sequence[CellAnalysis | None], columns: Sequence[Json], where: Mapping[str, int]) -> list[Json]:
    lists: tuple[tuple[str, Callable[[CellAnalysis], Sequence[Confusion]]], ...] = (
        ("Heard as something else", lambda cell: cell.substitutions),
        ("Left out", lambda cell: cell.deletions),
        ("Added", lambda cell: cell.insertions),
    )
    found = []
    for title, of in lists:
        tops = [[] if cell is None else list(of(cell))[:_CONFUSIONS_SHOWN] for cell in cells]
        ranks = range(max(map(len, tops), default=0))
        rows = [row(str(k + 1), [_confusion(top[k]) if k < len(top) else None for top in tops]) for k in ranks]
        if rows:
            note = "A click shows where."
            found.append(pivot(title, rows, columns, corner="#", note=note, where=where, is_text=True))
    return found


def _confusion(confusion: Confusion) -> Json:
    said, heard = confusion.said, confusion.heard
    text = f"{said} → {heard}" if said and heard else said or heard
    terms = [f"said:{word}" for word in said.split()] + [f"heard:{word}" for word in heard.split()]
    return entry(f"{text} ×{confusion.count}", search=" ".join(terms))


def _speakers(
    data: RunData, cells: Sequence[Cell], columns: Sequence[Json], where: Mapping[str, int]
) -> Iterator[Json]:
    """WER of each speaker, where scoring gives it: where they are too few for an interval."""
    speakers = sorted({name for cell in cells for name in data.speakers(cell)})
    rows = [row(name, [_speaker(data.speakers(cell).get(name)) for cell in cells]) for name in speakers]
    if rows:
        note = "Too few for an interval: each speaker is counted."
        yield pivot("By speaker", rows, columns, corner="speaker", note=note, where=where)


def _speaker(estimate: Estimate | None) -> Json | None:
    return None if estimate is None else entry(percent(estimate.value), hint=plural(estimate.n, "utterance"))


def _breakdowns(cells: Sequence[CellAnalysis | None], columns: Sequence[Json], where: Mapping[str, int]) -> list[Json]:
    ways: dict[str, list[Breakdown | None]] = {}
    for k, cell in enumerate(cells):
        for breakdown in () if cell is None else cell.breakdowns:
            ways.setdefault(breakdown.by, [None] * len(cells))[k] = breakdown
    found = []
    for by, breakdowns in ways.items():
        unit = next(one.unit for one in breakdowns if one is not None)
        labels = list(dict.fromkeys(part.label for one in breakdowns if one is not None for part in one.parts))
        parts = [{} if one is None else {part.label: part for part in one.parts} for one in breakdowns]
        rows = [row(label, [_part(own.get(label)) for own in parts]) for label in labels]
        corner = f"{by} ({unit})" if unit else by
        found.append(pivot(f"By {by}", rows, columns, corner=corner, where=where, folded=True))
    return found


def _part(part: Part | None) -> Json | None:
    if part is None:
        return None
    words = plural(part.counts.reference_length, "word")
    hint = (
        f"{plural(part.rate.n, 'utterance')}, {words}: {part.counts.substitutions} replaced, "
        f"{part.counts.deletions} left out, {part.counts.insertions} added"
    )
    return entry(with_interval(part.rate, percent), hint=hint)


def _made_up(cells: Sequence[CellAnalysis | None], columns: Sequence[Json], where: Mapping[str, int]) -> Iterator[Json]:
    ways: tuple[tuple[str, Callable[[CellAnalysis], str]], ...] = (
        (f"runs of {MIN_RUN} or more words that nobody said", lambda cell: count(cell.hallucinations.runs)),
        (
            f"answers that repeat themselves {MIN_REPEATS} times or more",
            lambda cell: count(cell.hallucinations.looping),
        ),
        (f"answers over {OVERLONG:g} times as long as what was said", lambda cell: count(cell.hallucinations.overlong)),
        ("text where nobody speaks", _on_silence),
        (f"beginnings cut off ({MIN_LOST_WORDS} or more words)", lambda cell: count(cell.cut_off.starts)),
        (f"ends cut off ({MIN_LOST_WORDS} or more words)", lambda cell: count(cell.cut_off.tails)),
    )
    rows = [row(text, [None if cell is None else entry(of(cell)) for cell in cells]) for text, of in ways]
    if any(made and made["t"] not in {"0", NONE} for one in rows for made in one["cells"]):
        yield pivot("Made up, and cut off", rows, columns, corner="answers", where=where)


def _on_silence(cell: CellAnalysis) -> str:
    made = cell.hallucinations
    return f"{made.silent_with_text} of {made.silent} clips" if made.silent else NONE


_TERMS = (
    ("found", "terms.recall", "of the domain terms that were said, the share that was answered"),
    ("right where answered", "terms.precision", "of the domain terms that were answered, the share that had been said"),
    ("word errors where terms were said", "wer.with_terms", "error rate of utterances that hold a term"),
    ("word errors elsewhere", "wer.without_terms", "error rate of the others"),
)


def _terms(data: RunData, cells: Sequence[Cell], columns: Sequence[Json], where: Mapping[str, int]) -> Iterator[Json]:
    rows = [
        row(text, [_rate(data.number(cell, metric)) for cell in cells], hint=hint)
        for text, metric, hint in _TERMS
        if any(data.value(cell, metric) is not None for cell in cells)
    ]
    if rows:
        yield pivot("Domain terms", rows, columns, corner="terms", where=where)


_TERM_CHANGES = (
    ("found", "terms.recall"),
    ("right where answered", "terms.precision"),
    ("made up, per word", "terms.false_alarm_rate"),
)


def _term_changes(
    data: RunData, cells: Sequence[Cell], columns: Sequence[Json], where: Mapping[str, int]
) -> Iterator[Json]:
    """What the condition does to terms, less the first condition."""
    rows = []
    for text, metric in _TERM_CHANGES:
        changes = [data.difference(cell, cell._replace(condition=data.base), metric) for cell in cells]
        if any(change is not None for change in changes):
            rows.append(row(text, [None if one is None else entry(with_interval(one, points)) for one in changes]))
    if rows:
        yield pivot(f"Domain terms, against {data.base}", rows, columns, corner="terms", where=where)


def _rate(estimate: Estimate | None) -> Json | None:
    return None if estimate is None else entry(with_interval(estimate, percent), hint=plural(estimate.n, "utterance"))


def _suspects(data: RunData) -> Iterator[Json]:
    found = data.analysis.suspects
    if not found:
        return
    references = {one.utterance_id: one.reference for one in data.rows}
    rows = []
    for suspect in found[:_SUSPECTS_SHOWN]:
        words = references.get(suspect.utterance_id, "").split()
        start, end = suspect.ref_start, suspect.ref_end
        before, after = words[max(0, start - _CONTEXT_WORDS) : start], words[end : end + _CONTEXT_WORDS]
        context = " ".join((*before, f"[{' '.join(words[start:end])}]", *after))
        cells = [
            entry(context, search=suspect.utterance_id),
            entry(suspect.written or NONE),
            entry(suspect.heard or NONE),
            entry(f"{len(suspect.engines)} of {suspect.n_engines}", hint=", ".join(suspect.engines)),
        ]
        rows.append(row(suspect.utterance_id.partition("/")[2], cells))
    columns = [{"text": text} for text in ("reference", "written", "heard instead", "engines that agree")]
    more = f" {len(rows)} of {len(found)} shown; all are in analysis.json." if len(found) > len(rows) else ""
    note = f"Several engines agree against the reference. Listen before you believe them: engines err alike.{more}"
    yield pivot("References to check", rows, columns, corner="utterance", note=note, is_text=True)


# -- cost and failures ------------------------------------------------------------------------


def failures(data: RunData, places: Places) -> list[Json]:
    """Per mode what was sent, what came back, what it cost; then every message of failure with how often it came."""
    found = [_outcomes(data, mode, places.mode[mode]) for mode in data.modes]
    return [*found, *_messages(data)]


def _outcomes(data: RunData, mode: Mode, number: int) -> Json:
    columns: list[list[Json | None]] = []
    kinds = sorted({one.failure_kind for one in data.rows if one.failure_kind and one.cell.mode == mode})
    labels = ["trials", "answered", "of these without a word", *(f"failed: {kind}" for kind in kinds)]
    labels += ["requests sent again", "paid", "paid per hour of audio"]
    for engine in data.engines:
        columns.append(_of_engine(data, engine, mode, kinds))
    rows = [row(label, [column[k] for column in columns]) for k, label in enumerate(labels)]
    shown = [made for made in rows if any(cell is not None for cell in made["cells"])]
    return pivot(f"What came back · {MODE_NAMES[mode]}", shown, engine_columns(data), where={"m": number})


def _of_engine(data: RunData, engine: str, mode: Mode, kinds: Sequence[FailureKind]) -> list[Json | None]:
    pairs = [
        (one, data.results.get(one.trial_id))
        for one in data.rows
        if one.cell.engine == engine and one.cell.mode == mode
    ]
    failed = Counter(one.failure_kind for one, _ in pairs if one.failure_kind is not None)
    again = sum(result.attempts - 1 for _, result in pairs if result is not None)
    costs = [result.cost for _, result in pairs if result is not None and result.cost is not None]
    hours = sum(data.utterances[one.utterance_id].duration_s for one, _ in pairs) / 3600
    currency = data.spec.config.currency
    return [
        entry(count(len(pairs))),
        entry(count(len(pairs) - failed.total())),
        entry(count(sum(one.empty for one, _ in pairs))),
        *(entry(count(failed[kind])) for kind in kinds),
        entry(count(again)),
        entry(f"{sum(costs):,.4f} {currency}") if costs else None,
        entry(f"{sum(costs) / hours:,.2f} {currency}") if costs and hours else None,
    ]


def _messages(data: RunData) -> Iterator[Json]:
    found = Counter(
        (one.cell.engine, one.failure_kind, one.failure) for one in data.rows if one.failure_kind is not None
    )
    rows = [
        row(engine, [entry(kind or ""), entry(message or ""), entry(count(number))])
        for (engine, kind, message), number in sorted(found.items(), key=lambda item: (-item[1], str(item[0])))[:15]
    ]
    if rows:
        columns = [{"text": text} for text in ("kind", "message", "times")]
        yield pivot("Messages of failures", rows, columns, corner="engine", is_text=True)


# -- how it was measured ----------------------------------------------------------------------


def text_rules(data: RunData) -> list[Json]:
    """WER under each normaliser, where the config names several."""
    found = []
    for one in data.sensitivity:
        profiles = list(one.counts)
        engines = list(one.counts[profiles[0]])
        rows = [
            row(engine, [entry(percent(one.counts[profile][engine].rate)) for profile in profiles])
            for engine in engines
        ]
        where = ", ".join(language_name(value) if name == "language" else value for name, value in one.group.items())
        flips = "; ".join(
            f"{flip.system_a} is better by {flip.a_better_under}, {flip.system_b} by {flip.b_better_under}"
            for flip in one.ranking_flips
        )
        columns = [{"text": profile} for profile in profiles]
        found.append(
            pivot(f"Word errors by other text rules · {where}", rows, columns, corner="engine", note=flips, folded=True)
        )
    return found


__all__ = ["Speech", "engine_columns", "entry", "failures", "more_latencies", "pivot", "row", "text_rules", "why"]
