"""The site's numbers for machines: one row an engine in a table, one a group of speakers; CSV, JSON, Parquet.

The columns here are the documentation: the page about the data and docs/site.md say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bench.leaderboard.values import Board, GroupGap, Row
from bench.report.escape import csv_text
from bench.report.names import language_name
from bench.report.site.gather import SiteData
from bench.report.site.views import slow
from bench.types import Interval

SCHEMA = "earwitness.site/1"

Value = str | float | int | bool | None
Columns = Mapping[str, tuple[type, str]]

_PLACE: Columns = {
    "language": (str, "BCP-47 tag"),
    "language_name": (str, "in English; the tag where no text rules name it"),
    "mode": (str, "batch, or stream: in real time"),
    "condition": (str, "what happened to the audio before it was sent"),
    "subset": (str, "all, or code-switched: speech in more than one script or tagged so"),
    "engine": (str, "id of the engine"),
}
_RATE = "errors for each unit of the reference; 0.12 is 12 %"
RESULTS: Columns = {
    **_PLACE,
    "unit": (str, "words or characters: what errors are counted in; rates of the two are never to be compared"),
    "run": (str, "the run, or runs, it was measured in"),
    "corpora": (str, "what was spoken, set apart by blanks"),
    "n_utterances": (int, "that every engine of the table attempted"),
    "n_speakers": (int, "speakers; an utterance that names none counts as one"),
    "n_nameless": (int, "utterances that name no speaker; more than one in twenty: no place"),
    "hours": (float, "of audio"),
    "left_out": (int, "utterances that some engine did not attempt"),
    "place": (int, "by the value; missing: too few speakers for a place, or unknown ones"),
    "place_low": (int, "best place that the data do not rule out; missing as place is"),
    "place_high": (int, "worst place that the data do not rule out"),
    "error_rate": (float, f"{_RATE}; a failed trial counts as all deleted. It ranks"),
    "error_rate_low": (float, "lower bound of the 95 % interval over speakers; missing: too few speakers"),
    "error_rate_high": (float, "upper bound"),
    "error_rate_answered": (float, "of the answered trials alone"),
    "character_rate": (float, "character error rate; a failed trial counts as all deleted"),
    "character_rate_low": (float, "lower bound"),
    "character_rate_high": (float, "upper bound"),
    "attempted": (int, "trials"),
    "answered": (int, "trials with an answer of at least a word; with empty and failed: attempted"),
    "empty": (int, "answers with no words after the text rules"),
    "failed": (int, "trials without an answer"),
    "latency_p50_s": (
        float,
        "batch: round trip; stream: last final after end of speech; missing: not measured, INVALID",
    ),
    "latency_p95_s": (float, "the same, 95th percentile; missing, too: fewer than 20 values"),
    "latency_invalid": (bool, "the harness was late, so that no latency is given"),
    "text_rules": (str, "id and version of the normaliser"),
}
GROUPS: Columns = {
    **_PLACE,
    "tag": (str, "what divides the speakers: dialect, gender, ..."),
    "group": (str, "its value"),
    "suppressed": (str, "why there is no number; missing: there is one"),
    "n_utterances": (int, "missing: suppressed"),
    "n_speakers": (int, "missing: suppressed"),
    "error_rate": (float, _RATE),
    "error_rate_low": (float, "lower bound"),
    "error_rate_high": (float, "upper bound"),
    "gap": (float, "rate of the group minus that of all others with the tag; positive: worse for this group"),
    "gap_low": (float, "lower bound"),
    "gap_high": (float, "upper bound"),
    "p_adjusted": (float, "of the gap, over all gaps of its unit (Benjamini-Hochberg); missing: not tested"),
}
TABLES: Mapping[str, Columns] = {"results": RESULTS, "groups": GROUPS}


def rows_of(data: SiteData) -> dict[str, list[dict[str, Value]]]:
    """The rows of each table, in the order of the pages."""
    return {
        "results": [_result(data, board, row) for board in data.boards for row in board.rows],
        "groups": [_group(board, row, gap) for board in data.boards for row in board.rows for gap in row.groups],
    }


def _place(board: Board, row: Row) -> dict[str, Value]:
    return {
        "language": board.language,
        "language_name": language_name(board.language),
        "mode": board.mode,
        "condition": board.condition,
        "subset": board.subset,
        "engine": row.engine,
    }


def _result(data: SiteData, board: Board, row: Row) -> dict[str, Value]:
    places = board.has_places and row.wer.value is not None
    return {
        **_place(board, row),
        "unit": data.units[board.language],
        "run": row.run,
        "corpora": " ".join(board.corpora),
        "n_utterances": board.n_utterances,
        "n_speakers": board.n_speakers,
        "n_nameless": board.n_nameless,
        "hours": board.hours,
        "left_out": board.left_out,
        "place": row.rank if places else None,
        "place_low": row.rank_low if places else None,
        "place_high": row.rank_high if places else None,
        **_bounds("error_rate", row.wer),
        "error_rate_answered": row.wer_answered.value,
        **_bounds("character_rate", row.cer),
        "attempted": row.attempted,
        "answered": row.answered,
        "empty": row.empty,
        "failed": row.failed,
        "latency_p50_s": None if row.latency_p50_s is None else row.latency_p50_s.value,
        "latency_p95_s": None if (p95 := slow(row.latency_p95_s)) is None else p95.value,
        "latency_invalid": row.latency_invalid,
        "text_rules": data.normalizer.id,
    }


def _group(board: Board, row: Row, gap: GroupGap) -> dict[str, Value]:
    hidden = gap.suppressed is not None
    return {
        **_place(board, row),
        "tag": gap.tag,
        "group": gap.group,
        "suppressed": gap.suppressed,
        "n_utterances": None if hidden else gap.n,
        "n_speakers": None if hidden else gap.n_clusters,
        **_bounds("error_rate", gap.rate),
        **_bounds("gap", gap.gap),
        "p_adjusted": gap.p_adjusted,
    }


def _bounds(name: str, number: Interval | None) -> dict[str, Value]:
    if number is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}


def to_csv(name: str, rows: list[dict[str, Value]]) -> str:
    """A header, then one line a row; an empty field is missing."""
    return csv_text(_lines(name, rows))


def _lines(name: str, rows: list[dict[str, Value]]) -> Iterator[list[Value]]:
    columns = list(TABLES[name])
    yield [*columns]
    for row in rows:
        yield [row[column] for column in columns]


def to_json(data: SiteData, tables: Mapping[str, list[dict[str, Value]]]) -> str:
    """Every table with its columns, and the runs they are of."""
    content = {
        "schema": SCHEMA,
        "text_rules": {"id": data.normalizer.id, "hash": data.normalizer.hash},
        "runs": [
            {
                "name": run.name,
                "started_at": run.started_at,
                "earwitness": run.made_by,
                "engines": [engine.id for engine in run.engines],
                "corpora": run.corpora,
                "invalid": run.invalid,
                "cautions": run.cautions,
            }
            for run in data.runs
        ],
        "columns": {name: {column: about for column, (_, about) in of.items()} for name, of in TABLES.items()},
        **tables,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
