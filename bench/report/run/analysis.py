"""The error analysis as tables: a fold per engine and mode, within it one per condition. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.report.tables import GROUP_KEYS, NONE, Table, count, percent, ratio, with_interval
from bench.scoring.errors.analysis import Analysis, Breakdown, CellAnalysis
from bench.scoring.errors.causes import MIN_LOST_WORDS
from bench.scoring.errors.confusions import Confusion
from bench.scoring.errors.hallucination import MIN_REPEATS, MIN_RUN, OVERLONG
from bench.scoring.errors.suspects import Suspect

_SUSPECTS_SHOWN = 30
_CONTEXT_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSection:
    """One condition of an engine and a mode."""

    title: str
    facts: tuple[tuple[str, str], ...]
    lists: tuple[Table, ...]
    """Most frequent errors; narrow."""
    breakdowns: tuple[Table, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One engine and mode."""

    title: str
    cells: tuple[CellSection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisView:
    """What a report shows of an analysis."""

    alarms: tuple[str, ...]
    coverage: Table
    folds: tuple[Fold, ...]
    suspects: Table | None


def view(analysis: Analysis, references: Mapping[str, str]) -> AnalysisView:
    """Everything as text; `references` by utterance key, normalised, for the context of suspects."""
    folds: dict[str, list[CellSection]] = {}
    for cell in analysis.cells:
        folds.setdefault(f"{cell.cell.engine} · {cell.cell.mode}", []).append(_cell(cell, analysis.cells))
    return AnalysisView(
        alarms=tuple(f"{_name(cell)}: {alarm}" for cell in analysis.cells for alarm in cell.alarms),
        coverage=_coverage(analysis.cells),
        folds=tuple(Fold(title=title, cells=tuple(cells)) for title, cells in folds.items()),
        suspects=_suspects(analysis.suspects, references),
    )


def _name(cell: CellAnalysis) -> str:
    return ", ".join(cell.cell)


def _coverage(cells: Sequence[CellAnalysis]) -> Table:
    kinds = list(dict.fromkeys(kind for cell in cells for kind in cell.coverage.failed))
    columns = (*GROUP_KEYS, "attempted", "answered", "empty", *(f"failed: {kind.value}" for kind in kinds))
    rows = tuple(
        (
            *cell.cell,
            count(cell.coverage.attempted),
            count(cell.coverage.answered),
            count(cell.coverage.empty),
            *(count(cell.coverage.failed.get(kind, 0)) for kind in kinds),
        )
        for cell in cells
    )
    table = Table(title="Coverage", columns=columns, rows=rows, numeric=frozenset(columns[len(GROUP_KEYS) :]))
    return table.without_constant(("corpus", "language"))


def _cell(cell: CellAnalysis, cells: Sequence[CellAnalysis]) -> CellSection:
    several = len({(other.cell.corpus, other.cell.language) for other in cells}) > 1
    where = f" · {cell.cell.corpus} · {cell.cell.language}" if several else ""
    lists = (
        _frequent("Substituted", cell.substitutions, ("said", "heard")),
        _frequent("Deleted", cell.deletions, ("said",)),
        _frequent("Inserted", cell.insertions, ("heard",)),
        _frequent("Confused stretches", cell.confusions, ("said", "heard")),
    )
    return CellSection(
        title=cell.cell.condition + where,
        facts=_facts(cell),
        lists=tuple(table for table in lists if table.rows),
        breakdowns=tuple(_breakdown(breakdown) for breakdown in cell.breakdowns),
    )


def _frequent(title: str, found: Sequence[Confusion], columns: tuple[str, ...]) -> Table:
    rows = tuple(
        (*(getattr(one, column) for column in columns), count(one.count), ", ".join(one.utterance_ids[:2]))
        for one in found
    )
    return Table(title=title, columns=(*columns, "times", "for example in"), rows=rows, numeric=frozenset(("times",)))


def _breakdown(breakdown: Breakdown) -> Table:
    label = f"{breakdown.by} ({breakdown.unit})" if breakdown.unit else breakdown.by
    columns = (label, "utterances", "words", "S / D / I", "WER")
    rows = tuple(
        (
            part.label,
            count(part.rate.n),
            count(part.counts.reference_length),
            f"{part.counts.substitutions} / {part.counts.deletions} / {part.counts.insertions}",
            with_interval(part.rate, percent),
        )
        for part in breakdown.parts
    )
    return Table(title=f"By {breakdown.by}", columns=columns, rows=rows, numeric=frozenset(columns[1:]))


def _facts(cell: CellAnalysis) -> tuple[tuple[str, str], ...]:
    made_up, cut = cell.hallucinations, cell.cut_off
    silence = (
        f"{made_up.silent_with_text} of {made_up.silent} clips, {ratio(made_up.words_per_silent_minute)} words a minute"
        if made_up.silent
        else f"{NONE} (no clips without speech)"
    )
    added = f"{made_up.runs} ({ratio(made_up.run_words_per_1000)} words per 1,000 said)"
    return (
        (f"runs of {MIN_RUN} or more words that nobody said", added),
        (f"answers that loop ({MIN_REPEATS} times or more)", count(made_up.looping)),
        (f"answers over {OVERLONG:g} times as long as what was said", count(made_up.overlong)),
        ("text on audio without speech", silence),
        (f"starts cut off ({MIN_LOST_WORDS} or more words)", f"{cut.starts} answers, {cut.start_words} words"),
        (f"tails cut off ({MIN_LOST_WORDS} or more words)", f"{cut.tails} answers, {cut.tail_words} words"),
    )


def _suspects(found: Sequence[Suspect], references: Mapping[str, str]) -> Table | None:
    if not found:
        return None
    columns = ("", "utterance", "reference", "written", "heard instead", "by")
    rows = tuple(
        (
            str(rank),
            suspect.utterance_id,
            _context(suspect, references.get(suspect.utterance_id, "")),
            suspect.written or NONE,
            suspect.heard or NONE,
            f"{len(suspect.engines)} of {suspect.n_engines}: {', '.join(suspect.engines)}",
        )
        for rank, suspect in enumerate(found[:_SUSPECTS_SHOWN], start=1)
    )
    more = f" Shown: {len(rows)} of {len(found)}; all are in analysis.json." if len(found) > len(rows) else ""
    note = (
        "Several engines agree against the reference here. Listen before you believe them: engines err alike. Take a "
        "bad one out, on the record, with: bench corpus exclude MANIFEST --id ID --reason TEXT --out NEW." + more
    )
    return Table(title="References to check", columns=columns, rows=rows, numeric=frozenset(("",)), note=note)


def _context(suspect: Suspect, reference: str) -> str:
    """The stretch in brackets with the words around it."""
    words = reference.split()
    start, end = suspect.ref_start, suspect.ref_end
    before, after = words[max(0, start - _CONTEXT_WORDS) : start], words[end : end + _CONTEXT_WORDS]
    head = "… " if start > _CONTEXT_WORDS else ""
    tail = " …" if end + _CONTEXT_WORDS < len(words) else ""
    return head + " ".join((*before, f"[{' '.join(words[start:end])}]", *after)) + tail
