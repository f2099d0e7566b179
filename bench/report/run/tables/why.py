"""What went wrong: words, kinds of words and of speech, speakers, terms, what was made up; references to check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from bench.report.phrases import isolated, left_to_right, plural
from bench.report.run.data import RunData, Speech
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, blocks, engine_columns, entry, pivot, rate, row
from bench.report.tables import NONE, count, percent, points, with_interval
from bench.scoring.errors.analysis import Breakdown, CellAnalysis, Part
from bench.scoring.errors.causes import MIN_LOST_WORDS
from bench.scoring.errors.confusions import WordConfusion
from bench.scoring.errors.hallucination import MIN_REPEATS, MIN_RUN, OVERLONG
from bench.scoring.errors.suspects import Suspect
from bench.types import Cell

_CONFUSIONS_SHOWN = 8
_SUSPECTS_SHOWN = 30
_CONTEXT_WORDS = 4


def why(data: RunData, places: Places) -> list[Json]:
    """What went wrong: words, kinds of words and of speech, speakers, terms, what was made up; references to check."""
    cells = {analysis.cell: analysis for analysis in data.analysis.cells}
    pivots: list[Json] = []
    for where, block in blocks(data, places):
        analysed = [cells.get(cell) for cell in block]
        columns = engine_columns(data)
        pivots += _confusions(analysed, columns, where)
        pivots += _speakers(data, block, columns, where)
        pivots += _breakdowns(analysed, columns, where)
        pivots += _made_up(analysed, columns, where)
        pivots += _terms(data, block, columns, where)
        pivots += _term_changes(data, block, columns, where)
    return [*pivots, *_suspects(data)]


def _confusions(cells: Sequence[CellAnalysis | None], columns: Sequence[Json], where: Mapping[str, int]) -> list[Json]:
    lists: tuple[tuple[str, Callable[[CellAnalysis], Sequence[WordConfusion]]], ...] = (
        ("Heard as something else", lambda cell: cell.substitutions),
        ("Left out", lambda cell: cell.deletions),
        ("Added", lambda cell: cell.insertions),
    )
    pivots = []
    for title, of in lists:
        tops = [[] if cell is None else list(of(cell))[:_CONFUSIONS_SHOWN] for cell in cells]
        ranks = range(max(map(len, tops), default=0))
        rows = [row(str(k + 1), [_confusion(top[k]) if k < len(top) else None for top in tops]) for k in ranks]
        if rows:
            note = "A click shows where."
            pivots.append(pivot(title, rows, columns, corner="#", note=note, where=where, is_text=True))
    return pivots


def _confusion(confusion: WordConfusion) -> Json:
    said, heard = confusion.said, confusion.heard
    text = f"{isolated(said)} → {isolated(heard)}" if said and heard else said or heard
    terms = [f"said:{word}" for word in said.split()] + [f"heard:{word}" for word in heard.split()]
    return entry(f"{left_to_right(text)} ×{confusion.count}", search=" ".join(terms))


def _speakers(
    data: RunData, cells: Sequence[Cell], columns: Sequence[Json], where: Mapping[str, int]
) -> Iterator[Json]:
    """WER of each speaker, where scoring gives it: where they are too few for an interval."""
    speakers = sorted({name for cell in cells for name in data.speakers(cell)})
    rows = [row(name, [_speaker(data, cell, name) for cell in cells]) for name in speakers]
    if rows:
        note = "Too few for an interval: each speaker is counted."
        if any(_has_interval(data, cell) for cell in cells):
            note += f" A dash: {_INSTEAD}."
        yield pivot("By speaker", rows, columns, corner="speaker", note=note, where=where)


_INSTEAD = "the engine answered enough speakers for an interval over all, which stands in their place"


def _has_interval(data: RunData, cell: Cell) -> bool:
    overall = data.number(cell, "wer")
    return overall is not None and overall.low is not None


def _speaker(data: RunData, cell: Cell, name: str) -> Json:
    """Its error rate, or why there is none."""
    estimate = data.speakers(cell).get(name)
    if estimate is not None:
        return entry(percent(estimate.value), hint=plural(estimate.n, "utterance"))
    return entry(NONE, hint=_INSTEAD if _has_interval(data, cell) else "nothing of this speaker was answered")


def _breakdowns(cells: Sequence[CellAnalysis | None], columns: Sequence[Json], where: Mapping[str, int]) -> list[Json]:
    ways: dict[str, list[Breakdown | None]] = {}
    for k, cell in enumerate(cells):
        for breakdown in () if cell is None else cell.breakdowns:
            ways.setdefault(breakdown.by, [None] * len(cells))[k] = breakdown
    pivots = []
    for by, breakdowns in ways.items():
        unit = next(breakdown.unit for breakdown in breakdowns if breakdown is not None)
        labels = list(
            dict.fromkeys(part.label for breakdown in breakdowns if breakdown is not None for part in breakdown.parts)
        )
        parts = [
            {} if breakdown is None else {part.label: part for part in breakdown.parts} for breakdown in breakdowns
        ]
        rows = [row(label, [_part(own.get(label)) for own in parts]) for label in labels]
        corner = f"{by} ({unit})" if unit else by
        pivots.append(pivot(f"By {by}", rows, columns, corner=corner, where=where, folded=True))
    return pivots


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
    if any(made and made["t"] not in {"0", NONE} for line in rows for made in line["cells"]):
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
        row(text, [rate(data.number(cell, metric)) for cell in cells], hint=hint)
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
            rows.append(
                row(text, [None if change is None else entry(with_interval(change, points)) for change in changes])
            )
    if rows:
        yield pivot(f"Domain terms, against {data.base}", rows, columns, corner="terms", where=where)


def _suspects(data: RunData) -> Iterator[Json]:
    """One table for each corpus and language that has any."""
    for number, speech in enumerate(data.speech):
        own = [each for each in data.analysis.suspects if Speech.of(data.utterances[each.utterance_id]) == speech]
        if own:
            yield _suspected(data, own, {"s": number})


def _suspected(data: RunData, suspects: Sequence[Suspect], where: Mapping[str, int]) -> Json:
    named = {suspect.utterance_id for suspect in suspects[:_SUSPECTS_SHOWN]}
    utterances = data.rows.texts("utterance_id")
    of_named = np.isin(utterances.codes, [code for code, name in enumerate(utterances.names) if name in named])
    trials = {trial.utterance_id: trial.trial_id for trial in data.rows.taken(of_named)}
    texts = data.texts(list(trials.values()))
    references = {key: own.reference for key, own in zip(trials, texts, strict=True)}
    rows = []
    for suspect in suspects[:_SUSPECTS_SHOWN]:
        words = references.get(suspect.utterance_id, "").split()
        start, end = suspect.ref_start, suspect.ref_end
        before, after = words[max(0, start - _CONTEXT_WORDS) : start], words[end : end + _CONTEXT_WORDS]
        context = " ".join((*before, f"[{' '.join(words[start:end])}]", *after))
        cells = [
            entry(context, search=suspect.utterance_id),
            entry(suspect.written or "(nothing)"),
            entry(suspect.heard or "(nothing)"),
            entry(f"{len(suspect.engines)} of {suspect.n_engines}", hint=", ".join(suspect.engines)),
        ]
        rows.append(row(suspect.utterance_id.partition("/")[2], cells))
    columns = [{"text": text} for text in ("reference", "written", "heard instead", "engines that agree")]
    more = f" {len(rows)} of {len(suspects)} shown; all are in analysis.json." if len(suspects) > len(rows) else ""
    note = f"Several engines agree against the reference. Listen before you believe them: engines err alike.{more}"
    return pivot("References to check", rows, columns, corner="utterance", note=note, where=where, is_text=True)
