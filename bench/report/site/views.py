"""What each page of a site shows, as text for its template. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.leaderboard.values import Board, GroupGap, MacroRow, Row
from bench.report.diff import DiffPiece, diff
from bench.report.names import MODE_NAMES, language_name
from bench.report.phrases import plural, voices
from bench.report.sentences import Limit, Sentence
from bench.report.settings import settings_text
from bench.report.site.gather import AudibleError, SiteData, slug
from bench.report.site.rules import rules_in_words
from bench.report.site.sentences import answer_of, limits_of, overview, where
from bench.report.tables import NONE, P95_NEEDS, count, percent, points, seconds, with_interval
from bench.stats.clusters import MIN_CLUSTERS
from bench.types import Interval

_SHADES = 6
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """An engine in a language."""

    value: str
    interval: str
    place: str
    """In words; empty: there is none to give."""
    trouble: str
    """What failed or came empty; empty: nothing."""
    shade: int
    """How far from the best of its row, 0 to 5: only along a row can cells be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A language with its cells, `None` where an engine was not measured."""

    name: str
    link: str
    unit: str
    about: str
    cells: tuple[MatrixCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Languages by engines under one mode and condition."""

    title: str
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow:
    """An engine in the ranking of one table."""

    engine: str
    link: str
    place: str
    bar: tuple[int, int, int]
    """First and last place of its set, and of how many; all 0: no place."""
    rate: str
    answered: str
    character_rate: str
    median: str
    slow: str
    invalid: bool
    counts: str
    failing: bool
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One table of a language."""

    id: str
    title: str
    about: str
    note: str
    latency: str
    rows: tuple[RankRow, ...]
    groups: tuple[GroupTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """Speakers divided by one tag."""

    tag: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardError:
    """One error as the page shows it."""

    engine: str
    run: str
    mode: str
    clip: str | None
    sound: str
    pieces: tuple[DiffPiece, ...]
    between: str
    """What stands between pieces."""
    reference: str
    hypothesis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageView:
    """The page of a language."""

    code: str
    name: str
    unit: str
    facts: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    limits: tuple[Limit, ...]
    rankings: tuple[Ranking, ...]
    heard: tuple[HeardError, ...]
    rules: tuple[tuple[str, str], ...]


def language_link(code: str) -> str:
    return f"languages/{slug(code)}.html"


def engine_link(engine: str) -> str:
    return f"engines/{slug(engine)}.html"


def places(row: Row, board: Board) -> str:
    """`1`, `1 to 3`; a dash where there are too few speakers."""
    if not board.has_places or row.wer.value is None:
        return NONE
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low} to {row.rank_high}"


def _amount(board: Board) -> str:
    return f"{plural(board.n_utterances, 'utterance')}, {voices(board.n_speakers, board.n_nameless)}"


def slow(number: Interval | None) -> Interval | None:
    """A 95th percentile, where there are values enough for one."""
    return None if number is None or number.n < P95_NEEDS else number


# -- the index --------------------------------------------------------------------------------


def matrices(data: SiteData) -> list[Matrix]:
    """One for each mode and condition, in the order of the pages."""
    grouped: dict[tuple[str, str], list[Board]] = {}
    shown: set[tuple[str, str, str]] = set()
    for board in data.boards:  # the whole set comes before a part of it
        if (board.language, board.mode, board.condition) not in shown:
            shown.add((board.language, board.mode, board.condition))
            grouped.setdefault((board.mode, board.condition), []).append(board)
    order = sorted(grouped, key=lambda key: (key[0], data.conditions.index(key[1])))
    return [
        Matrix(
            title=f"{MODE_NAMES['stream' if mode == 'stream' else 'batch']}, {condition}",
            rows=tuple(_matrix_row(data, board) for board in grouped[mode, condition]),
        )
        for mode, condition in order
    ]


def _matrix_row(data: SiteData, board: Board) -> MatrixRow:
    by_engine = {row.engine: row for row in board.rows}
    values = [row.wer.value for row in board.rows if row.wer.value is not None]
    best = min(values, default=0.0)
    return MatrixRow(
        name=language_name(board.language),
        link=language_link(board.language),
        unit=data.units[board.language],
        about=_amount(board),
        cells=tuple(_cell(by_engine[id], board, best) if id in by_engine else None for id in data.engines),
    )


def _cell(row: Row, board: Board, best: float) -> MatrixCell:
    value, ranks = row.wer.value, places(row, board)
    interval = "" if row.wer.low is None or row.wer.high is None else with_interval(row.wer, percent).partition(" [")[2]
    return MatrixCell(
        value=percent(value),
        interval=interval.rstrip("]").replace(", ", " to "),
        place="" if ranks == NONE or len(board.rows) < 2 else f"place {ranks}",
        trouble=_trouble(row),
        shade=0 if value is None else min(_SHADES - 1, int((value - best) / 0.04)),
    )


def _trouble(row: Row) -> str:
    parts = [f"{count(number)} {what}" for number, what in ((row.failed, "failed"), (row.empty, "empty")) if number]
    return f"{', '.join(parts)} of {count(row.attempted)}" if parts else ""


def macro(data: SiteData) -> list[tuple[str, MacroRow]]:
    """(unit, mean over the languages of that unit) of each engine; nothing where a unit has one language."""
    return [(unit, row) for unit, table in data.tables.items() for row in table.macro]


def macro_cells(unit: str, row: MacroRow) -> tuple[str, ...]:
    mode = MODE_NAMES["stream" if row.mode == "stream" else "batch"]
    without = ", ".join(language_name(code) for code in row.missing)
    return row.engine, unit, mode, row.condition, with_interval(row.mean, percent), without


def index_sentences(data: SiteData) -> tuple[Sentence, ...]:
    return tuple(overview(data))


# -- a language -------------------------------------------------------------------------------


def language_view(data: SiteData, language: str) -> LanguageView:
    """Everything its page shows."""
    boards = data.boards_of(language)
    unit, first = data.units[language], boards[0]
    return LanguageView(
        code=language,
        name=language_name(language),
        unit=unit,
        facts=(
            plural(max(board.n_utterances for board in boards), "utterance"),
            voices(first.n_speakers, first.n_nameless),
            f"{first.hours:.2f} h" if first.hours >= 0.1 else f"{first.hours * 60:.1f} min",
            plural(len({row.engine for board in boards for row in board.rows}), "engine"),
            f"errors counted in {unit}",
            *(f"corpus {name}" for name in sorted({name for board in boards for name in board.corpora})),
        ),
        sentences=tuple(sentence for board in _first_of_modes(boards) for sentence in answer_of(board, unit)),
        limits=tuple(limits_of(data, language)),
        rankings=tuple(_ranking(data, board, k) for k, board in enumerate(boards)),
        heard=tuple(_heard(example, unit) for example in data.heard.get(language, ())),
        rules=tuple(rules_in_words(data.normalizer.name, language)),
    )


def _first_of_modes(boards: list[Board]) -> list[Board]:
    """The table that each mode begins with."""
    return list({board.mode: board for board in reversed(boards)}.values())[::-1]


def _ranking(data: SiteData, board: Board, number: int) -> Ranking:
    placed = board.has_places
    rows = board.rows if placed else sorted(board.rows, key=lambda row: row.engine)
    why = "Speakers are not known" if board.is_nameless else "Too few speakers for a place"
    note = "" if placed else f"{why}: engines stand by name."
    shown = tuple(_rank_row(row, board) for row in rows)
    return Ranking(
        id=f"ranking-{number}",
        title=where(board)[:1].upper() + where(board)[1:],
        about=f"{', '.join(board.corpora)}: {_amount(board)}.",
        note=" ".join(part for part in (note, dashes(shown)) if part),
        latency="Round trip" if board.mode == "batch" else "Complete after end of speech",
        rows=shown,
        groups=tuple(_groups(board)),
    )


def dashes(rows: Iterable[RankRow]) -> str:
    """Why rows of a ranking have dashes; `""` where none has."""
    shown = list(rows)
    timed = [row for row in shown if not row.invalid]
    kinds = (
        ("place", f"fewer than {MIN_CLUSTERS} speakers, or not known who they are", [row.place for row in shown]),
        ("rate", "nothing was answered", [row.answered for row in shown]),
        ("median", "nothing was timed", [row.median for row in timed]),
        ("95 % within", f"fewer than {P95_NEEDS} values", [row.slow for row in timed]),
    )
    told = [f"{name}: {why}" for name, why, texts in kinds if NONE in texts]
    return f"A dash stands for: {'; '.join(told)}." if told else ""


def _rank_row(row: Row, board: Board) -> RankRow:
    placed = board.has_places and row.wer.value is not None
    return RankRow(
        engine=row.engine,
        link=engine_link(row.engine),
        place=places(row, board),
        bar=(row.rank_low, row.rank_high, len(board.rows)) if placed else (0, 0, 0),
        rate=with_interval(row.wer, percent),
        answered=percent(row.wer_answered.value),
        character_rate=with_interval(row.cer, percent),
        median=with_interval(row.latency_p50_s, seconds),
        slow=with_interval(slow(row.latency_p95_s), seconds),
        invalid=row.latency_invalid,
        counts=f"{count(row.failed)} failed, {count(row.empty)} empty of {count(row.attempted)}",
        failing=bool(row.failed or row.empty),
        run=row.run,
    )


def _groups(board: Board) -> Iterator[GroupTable]:
    for tag in dict.fromkeys(gap.tag for row in board.rows for gap in row.groups):
        gaps = [(row.engine, gap) for row in board.rows for gap in row.groups if gap.tag == tag]
        yield GroupTable(tag=tag, rows=tuple((engine, *_gap(gap)) for engine, gap in gaps))


def _gap(gap: GroupGap) -> tuple[str, ...]:
    if gap.suppressed is not None:
        return gap.group, NONE, NONE, NONE, NONE, f"no number: {gap.suppressed}"
    told = ""
    if gap.gap is not None and gap.p_adjusted is not None and gap.gap.value is not None:
        shown = gap.p_adjusted < _SIGNIFICANT
        told = ("worse for them" if gap.gap.value > 0 else "better for them") if shown else "not told apart"
    return (
        gap.group,
        count(gap.n),
        count(gap.n_clusters),
        with_interval(gap.rate, percent),
        with_interval(gap.gap, points).replace(" pp", ""),
        told,
    )


def _heard(example: AudibleError, unit: str) -> HeardError:
    trial = example.trial
    return HeardError(
        engine=trial.cell.engine,
        run=example.run,
        mode=MODE_NAMES[trial.cell.mode],
        clip=example.clip,
        sound="as the engine heard it" if example.as_sent else "as recorded",
        pieces=tuple(
            replace(each, reference=_written(each.reference, unit), hypothesis=_written(each.hypothesis, unit))
            for each in diff(trial)
        ),
        between=" " if unit == "words" else "",
        reference=_written(trial.reference, unit),
        hypothesis=_written(trial.hypothesis or "", unit),
    )


def _written(text: str, unit: str) -> str:
    """As it is read: characters are stored with spaces between them."""
    return text if unit == "words" else text.replace(" ", "")


# -- an engine --------------------------------------------------------------------------------


def engine_rows(data: SiteData, engine: str) -> list[tuple[Board, Row]]:
    """Every table it stands in."""
    return [(board, row) for board in data.boards for row in board.rows if row.engine == engine]


def engine_cells(data: SiteData, board: Board, row: Row) -> dict[str, Any]:
    """A row of its page."""
    return {
        "language": language_name(board.language),
        "link": language_link(board.language),
        "where": where(board),
        "unit": data.units[board.language],
        "shown": _rank_row(row, board),
        "of": len(board.rows),
    }


def identity(data: SiteData, engine: str, *, settings: bool = True) -> list[tuple[str, str]]:
    """(run, what it was there): kind, settings, version, and whether it was the emulator."""
    names = []
    for own in data.measured(engine):
        parts = (
            own.about.engine,
            settings_text(own.about.settings) if settings and not data.redacted else "",
            f"version {', '.join(own.versions)}" if own.versions else "version not told",
            "served by the emulator, not by a vendor" if own.about.emulate is not None else "",
        )
        names.append((own.run, "; ".join(part for part in parts if part)))
    return names
