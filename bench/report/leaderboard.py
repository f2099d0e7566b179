"""A leaderboard as tables, CSV and JSON. Formats; computes nothing. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bench.leaderboard.values import Board, GroupGap, Leaderboard, MacroRow, Row
from bench.report.escape import csv_text
from bench.report.page import Page, Section
from bench.report.tables import NONE, Table, count, percent, points, seconds, with_interval
from bench.report.terminal import plain_table, wrapped
from bench.scoring.cells import FAILURES_DIFFER
from bench.types import Interval

_SIGNIFICANT = 0.05


def to_json(found: Leaderboard) -> str:
    """The stable form for websites: docs/leaderboard.md and docs/leaderboard.schema.json."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=2) + "\n"


def to_csv(found: Leaderboard) -> str:
    """One line per table and engine, numbers unrounded."""
    numbers = ("wer", "cer", "wer_answered", "latency_p50_s", "latency_p95_s")
    place = ("language", "mode", "condition", "subset")
    own = ("engine", "run", "rank", "rank_low", "rank_high")
    counts = ("attempted", "answered", "empty", "failed")
    bounds = tuple(f"{name}{end}" for name in numbers for end in ("", "_low", "_high"))
    rows: list[tuple[object, ...]] = [(*place, *own, *bounds, *counts, "n_utterances", "n_speakers", "hours")]
    for board in found.boards:
        for row in board.rows:
            values = [end for name in numbers for end in _ends(getattr(row, name))]
            rows.append(
                (
                    *(getattr(board, name) for name in place),
                    *(getattr(row, name) for name in own),
                    *values,
                    *(getattr(row, name) for name in counts),
                    board.n_utterances,
                    board.n_speakers,
                    board.hours,
                )
            )
    return csv_text(rows)


def _ends(number: Interval | None) -> tuple[float | None, ...]:
    return (None, None, None) if number is None else (number.value, number.low, number.high)


def to_page(found: Leaderboard) -> Page:
    """A section for each table, one for the mean over languages, one for where the numbers came from."""
    metric = found.metric.upper()
    about = (
        f"Ranked by {metric}; a failed trial counts as all deleted. A rank set holds every rank that the data do not "
        f"rule out at {found.level:.0%}: {found.n_comparisons} paired differences were tested together (Holm). "
        f"Engines whose sets overlap are not told apart. Normaliser: {found.normalizer}."
    )
    sections = [_section(board, found) for board in found.boards]
    if found.macro:
        sections.append(_macro_section(found.macro, metric))
    sections.append(Section(title="Runs", tables=(_sources(found),)))
    cautions = tuple(f"{source.run}: {caution}" for source in found.sources for caution in source.cautions)
    return Page(title="Leaderboard", about=about, warnings=(*found.notes, *cautions), sections=tuple(sections))


def _section(board: Board, found: Leaderboard) -> Section:
    part = ", code-switched speech" if board.subset == "code-switched" else ""
    left_out = f"; {count(board.left_out)} more were not attempted by every engine" if board.left_out else ""
    return Section(
        title=f"{board.language}: {board.mode}, {board.condition}{part}",
        about=f"{', '.join(board.corpora)}: {count(board.n_utterances)} utterances, "
        f"{count(board.n_speakers)} clusters (speakers where known), {board.hours:.2f} hours{left_out}.",
        tables=(_ranking(board),),
        folded=tuple(_groups(board, found)),
    )


def _ranking(board: Board) -> Table:
    latency = "round trip" if board.mode == "batch" else "final"
    numeric = (
        "rank",
        "WER",
        "CER",
        "WER of answered",
        f"{latency} p50",
        f"{latency} p95",
        "ok / empty / failed",
    )
    columns = ("rank", "rank set", "engine", *numeric[1:], "run")
    rows = tuple(_cells(row) for row in board.rows)
    notes = [*sorted({row.wer.note for row in board.rows if row.wer.note}), *_failures(board)]
    return Table(
        title="Ranking", columns=columns, rows=rows, numeric=frozenset(numeric), note="; ".join(notes)
    ).without_constant(("run",))


def _failures(board: Board) -> Iterator[str]:
    """Said where engines failed unlike shares of their trials."""
    shares = sorted({row.failed / row.attempted for row in board.rows if row.attempted})
    if len(shares) > 1:
        yield (
            f"{FAILURES_DIFFER} ({percent(shares[0])} to {percent(shares[-1])} of trials): WER and CER count what "
            "failed as deleted, WER of answered and times leave it out"
        )


def _cells(row: Row) -> tuple[str, ...]:
    ranks = str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"
    return (
        str(row.rank),
        ranks,
        row.engine,
        with_interval(row.wer, percent),
        with_interval(row.cer, percent),
        percent(row.wer_answered.value),
        *(with_interval(number, seconds) for number in (row.latency_p50_s, row.latency_p95_s)),
        f"{count(row.answered)} / {count(row.empty)} / {count(row.failed)}",
        row.run,
    )


def _groups(board: Board, found: Leaderboard) -> Iterator[Table]:
    """One table per tag: a row per engine and group."""
    metric = found.metric.upper()
    columns = ("engine", "group", "utterances", "speakers", metric, "gap to the others", "")
    for tag in dict.fromkeys(gap.tag for row in board.rows for gap in row.groups):
        gaps = [(row.engine, gap) for row in board.rows for gap in row.groups if gap.tag == tag]
        yield Table(
            title=f"By {tag}",
            columns=columns,
            rows=tuple((engine, *_gap_cells(gap)) for engine, gap in gaps),
            numeric=frozenset(columns[2:6]),
            note=f"Groups of fewer than {found.min_utterances} utterances or {found.min_speakers} speakers get no "
            "number. Gap: the group minus all others with this tag; * where it is told from zero (Benjamini-Hochberg "
            "5 % over all gaps of this page).",
        )


def _gap_cells(gap: GroupGap) -> tuple[str, ...]:
    if gap.suppressed:
        return gap.group, NONE, NONE, NONE, NONE, gap.suppressed
    star = " *" if gap.p_adjusted is not None and gap.p_adjusted < _SIGNIFICANT else ""
    return (
        gap.group,
        count(gap.n),
        count(gap.n_clusters),
        with_interval(gap.rate, percent),
        with_interval(gap.gap, points) + star,
        "worst" if gap.worst else "",
    )


def _macro_section(rows: Sequence[MacroRow], metric: str) -> Section:
    weights = "; ".join(f"{language} {share:.3g}" for language, share in rows[0].weights.items())
    columns = ("engine", "mode", "condition", f"mean {metric}", "without")
    cells = tuple(
        (
            row.engine,
            row.mode,
            row.condition,
            with_interval(row.mean, percent),
            ", ".join(row.missing),
        )
        for row in rows
    )
    table = Table(title="Mean over languages", columns=columns, rows=cells, numeric=frozenset((columns[3],)))
    about = f"The mean of each engine's {metric} per language, weighted: {weights}."
    return Section(title="All languages", about=about, tables=(table,))


def _sources(found: Leaderboard) -> Table:
    rows = tuple((source.run, source.started_at, ", ".join(source.engines)) for source in found.sources)
    return Table(title="Runs", columns=("run", "started", "engines"), rows=rows)


def to_terminal(found: Leaderboard, *, width: int) -> str:
    """A ranking for each language, mode and condition, as plain text."""
    lines: list[str] = []
    for board in found.boards:
        place = ", ".join((board.language, board.mode, board.condition))
        subset = "" if board.subset == "all" else f", {board.subset}"
        rows = tuple(_terminal_row(row, found) for row in board.rows)
        speakers = f"{count(board.n_utterances)} utterances, {count(board.n_speakers)} speakers"
        columns = ("engine", "rank", "ranks", found.metric.upper(), "95 %", "median", "failed")
        table = Table(
            title=f"{place}{subset}", columns=columns, rows=rows, numeric=frozenset(columns[1:]), note=speakers
        )
        lines += [*plain_table(table, width), ""]
    notes = (*found.notes, *(f"{source.run}: {caution}" for source in found.sources for caution in source.cautions))
    return "\n".join([*lines, *(each for note in notes for each in wrapped(f"! {note}", width, rest="  "))])


def _terminal_row(row: Row, found: Leaderboard) -> tuple[str, ...]:
    rate = row.wer if found.metric == "wer" else row.cer
    between = NONE if rate.low is None or rate.high is None else f"{rate.low * 100:.1f} to {rate.high * 100:.1f}"
    ranks = str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}-{row.rank_high}"
    latency = NONE if row.latency_p50_s is None else seconds(row.latency_p50_s.value)
    return row.engine, str(row.rank), ranks, percent(rate.value), between, latency, count(row.failed)
