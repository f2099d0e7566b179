"""A leaderboard as tables, CSV and JSON. Formats; computes nothing. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from bench.leaderboard.values import Board, GroupGap, Leaderboard, MacroRow, Row
from bench.report.escape import csv_text
from bench.report.glossary import words
from bench.report.names import LATENCY_NAMES, MODE_NAMES, language_name, metric_name, mode_name
from bench.report.page import Box, Page, Section
from bench.report.phrases import listed, noted, plural, rate, rules_missing, sentence, voices
from bench.report.sentences import Limit, Sentence, limit
from bench.report.tables import (
    NONE,
    P95_NEEDS,
    Missing,
    Table,
    count,
    or_why,
    percent,
    points,
    seconds,
    with_interval,
)
from bench.report.terminal import plain_table, wrapped
from bench.scoring.cells import FAILURES_DIFFER
from bench.scoring.features import HEADLINES
from bench.scoring.measures import measure
from bench.scoring.tally import better
from bench.scoring.text.normalize import get_normalizer
from bench.stats.clusters import FEW_CLUSTERS, MIN_CLUSTERS
from bench.types import Interval

_SIGNIFICANT = 0.05
_TOLD = 11
"""Most sentences of the answer: with one more they fit a screen."""
_RATES = {"wer": "word errors", "cer": "character errors"}


def to_json(leaderboard: Leaderboard) -> str:
    """The stable form for websites: docs/leaderboard.md and docs/leaderboard.schema.json."""
    return json.dumps(asdict(leaderboard), ensure_ascii=False, indent=2) + "\n"


def to_csv(leaderboard: Leaderboard) -> str:
    """One line per table and engine, numbers unrounded."""
    numbers = ("wer", "cer", "wer_answered", "latency_p50_s", "latency_p95_s")
    columns = ("language", "mode", "condition", "subset")
    own = ("engine", "run", "rank", "rank_low", "rank_high")
    counts = ("attempted", "answered", "empty", "failed")
    bounds = tuple(f"{name}{end}" for name in numbers for end in ("", "_low", "_high"))
    amount = ("n_utterances", "n_speakers", "n_nameless", "hours")
    said = [name for name in HEADLINES if any(name in row.further for b in leaderboard.boards for row in b.rows)]
    further = tuple(f"{name}{end}" for name in said for end in ("", "_low", "_high"))
    rows: list[tuple[object, ...]] = [(*columns, *own, *bounds, *counts, *amount, *further)]
    for board in leaderboard.boards:
        for row in board.rows:
            values = [end for name in numbers for end in _ends(getattr(row, name))]
            rows.append(
                (
                    *(getattr(board, name) for name in columns),
                    *(getattr(row, name) for name in own),
                    *values,
                    *(getattr(row, name) for name in counts),
                    *(getattr(board, name) for name in amount),
                    *(end for name in said for end in _ends(row.further.get(name))),
                )
            )
    return csv_text(rows)


def _ends(number: Interval | None) -> tuple[float | None, ...]:
    return (None, None, None) if number is None else (number.value, number.low, number.high)


def to_page(leaderboard: Leaderboard) -> Page:
    """Who is first in each language, how sure that is; a section for each table, and one for where it came from."""
    about = (
        f"Ranked by {_RATES[leaderboard.metric]}; a failed trial counts as all words lost. Possible places: every "
        f"place that the data do not rule out at {leaderboard.level * 100:g} %; all pairs of engines were tested "
        f"together: {plural(leaderboard.n_comparisons, 'paired difference')} (Holm)."
    )
    languages = dict.fromkeys(board.language for board in leaderboard.boards)
    return Page(
        title="Leaderboard",
        description=about,
        facts=(
            plural(len(languages), "language"),
            plural(len({row.engine for board in leaderboard.boards for row in board.rows}), "engine"),
            plural(len(leaderboard.sources), "run"),
            f"text rules {leaderboard.normalizer}",
        ),
        boxes=(Box(sentences=tuple(answer(leaderboard))),),
        cannot="What this leaderboard cannot say",
        limits=tuple(limits(leaderboard)),
        no_limits="Nothing stands out: enough speakers and utterances everywhere.",
        sections=tuple(_sections(leaderboard)),
        measured=tuple(
            (source.run, f"{source.started_at[:16].replace('T', ' ')}; {', '.join(source.engines)}")
            for source in leaderboard.sources
        ),
        glossary=words(
            *("word error rate (WER)", "possible places", "95 % interval", "not told apart", "points (pp)"),
            *(
                "on the same utterances",
                "median, 95 % within",
                "speaker, cluster",
                "INVALID",
                "Holm, Benjamini-Hochberg",
            ),
        ),
        downloads=(
            ("leaderboard.csv", "every ranking, numbers unrounded"),
            ("leaderboard.json", "everything, for websites"),
        ),
    )


def _sections(leaderboard: Leaderboard) -> Iterator[Section]:
    if len({board.language for board in leaderboard.boards}) > 1:
        yield Section(
            id="languages",
            title="Languages",
            short="Languages",
            lead="Each in its own unit: words of two languages differ in length, so compare along a row, not down.",
            tables=tuple(_matrices(leaderboard)),
        )
    for number, board in enumerate(leaderboard.boards):
        yield _section(board, leaderboard, number)
    if leaderboard.macro:
        yield _macro_section(leaderboard.macro, leaderboard)


def _engines(leaderboard: Leaderboard) -> list[str]:
    return sorted({row.engine for board in leaderboard.boards for row in board.rows})


def _matrices(leaderboard: Leaderboard) -> Iterator[Table]:
    """Language by engine, one a mode, condition and kind of speech."""
    engines, own = _engines(leaderboard), "characters" if leaderboard.metric == "cer" else "words"
    for key in dict.fromkeys((board.mode, board.condition, board.subset) for board in leaderboard.boards):
        boards = [board for board in leaderboard.boards if (board.mode, board.condition, board.subset) == key]
        rows = []
        for board in boards:
            rates = {row.engine: _rate_and_places(row, board, leaderboard) for row in board.rows}
            in_unit = "" if _unit(board.language, leaderboard) == own else " (characters)"
            rows.append((language_name(board.language) + in_unit, *(rates.get(engine, _NOT_RUN) for engine in engines)))
        how = ", ".join(_how(boards[0], leaderboard))
        yield Table(
            title=f"{_RATES[leaderboard.metric].capitalize()} and possible places{f': {how}' if how else ''}",
            columns=("language", *engines),
            rows=tuple(rows),
            numeric=frozenset(engines),
        )


_NOT_RUN = Missing("not run in this language")


def _rate_and_places(row: Row, board: Board, leaderboard: Leaderboard) -> str:
    own = _rate(row, leaderboard)
    if own.value is None:
        return Missing(_no_rate(own))
    return f"{percent(own.value)} · {_places(row, board)}" if board.has_places else percent(own.value)


_NO_RATE = "nothing can be counted here"


def _no_rate(rate: Interval) -> str:
    return noted(rate.note) or _NO_RATE


def _unit(language: str, leaderboard: Leaderboard) -> str:
    """What the errors of a language are counted in under the text rules of the runs."""
    by_characters = get_normalizer(leaderboard.normalizer.partition("@")[0]).unit(language) == "char"
    return "characters" if leaderboard.metric == "cer" or by_characters else "words"


def _what(board: Board, leaderboard: Leaderboard) -> str:
    """`Hindi`, and its mode and condition where the tables differ by them."""
    return ", ".join((language_name(board.language), *_how(board, leaderboard)))


def _how(board: Board, leaderboard: Leaderboard) -> list[str]:
    several_modes = len({other.mode for other in leaderboard.boards}) > 1
    several_conditions = len({other.condition for other in leaderboard.boards}) > 1
    parts = [mode_name(board.mode)] if several_modes else []
    parts += [board.condition] if several_conditions else []
    return [*parts, *(["code-switched speech"] if board.subset == "code-switched" else [])]


def _rate(row: Row, leaderboard: Leaderboard) -> Interval:
    return row.wer if leaderboard.metric == "wer" else row.cer


def _places(row: Row, board: Board) -> str:
    if not board.has_places:
        return Missing(_no_place(board))
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"


def _no_place(board: Board) -> str:
    return "speakers not known" if board.is_nameless else f"fewer than {MIN_CLUSTERS} speakers"


def _section(board: Board, leaderboard: Leaderboard, number: int) -> Section:
    left_out = f"; {count(board.left_out)} more were not attempted by every engine" if board.left_out else ""
    engines = _engines(leaderboard)
    mode = MODE_NAMES["stream" if board.mode == "stream" else "batch"]
    corpora = ", ".join(board.corpora)
    counted = f"; errors counted in {_unit(board.language, leaderboard)}"
    amount = f"{corpora}: {plural(board.n_utterances, 'utterance')}, {voices(board.n_speakers, board.n_nameless)}"
    rows = [
        {
            "label": row.engine,
            "e": engines.index(row.engine),
            "v": rate.value,
            "lo": rate.low,
            "hi": rate.high,
            "t": with_interval(rate, percent),
            "note": f"possible places {_places(row, board)}" if board.has_places else "no place",
        }
        for row in board.rows
        if (rate := _rate(row, leaderboard)).value is not None
    ]
    return Section(
        id=f"board-{number}",
        title=_what(board, leaderboard),
        short=_what(board, leaderboard),
        lead=f"{mode}, {board.condition}; {amount}, {board.hours:.2f} hours{left_out}{counted}.",
        draw="intervals",
        content={
            "charts": [
                {
                    "title": f"{_RATES[leaderboard.metric].capitalize()}, with 95 % intervals",
                    "unit": "ratio",
                    "rows": rows,
                }
            ]
        },
        tables=(_ranking(board), *_beyond(board), *_groups(board, leaderboard)),
    )


def _ranking(board: Board) -> Table:
    hints = {
        "possible places": "every place that the data do not rule out; engines whose places overlap are not told apart",
        "words wrong": (
            "words replaced, left out and added for 100 said (WER), of a language without spaces between words its "
            "characters; a failed trial counts as all lost"
        ),
        "characters wrong": "the same in characters (CER)",
        "words wrong where answered": "of the answered trials alone",
        "median": LATENCY_NAMES["stream" if board.mode == "stream" else "batch"],
        "95 % within": f"the 95th percentile of the same, from {P95_NEEDS} values on",
    }
    counts, rest = ("answered", "empty", "failed"), ("characters wrong", "words wrong where answered")
    columns = ("engine", "place", "possible places", "words wrong", *counts, "median", "95 % within", *rest, "run")
    rows = tuple(_cells(row, board) for row in board.rows)
    notes = [*sorted({noted(row.wer.note) for row in board.rows if row.wer.note}), *_failures(board)]
    numeric = frozenset(columns) - {"engine", "run"}
    table = Table(title="Ranking", columns=columns, rows=rows, numeric=numeric, note="; ".join(notes), hints=hints)
    return table.without_constant(("run",))


def _failures(board: Board) -> Iterator[str]:
    """Said where engines failed unlike shares of their trials."""
    shares = sorted({row.failed / row.attempted for row in board.rows if row.attempted})
    if len(shares) > 1:
        yield (
            f"{FAILURES_DIFFER} ({percent(shares[0])} to {percent(shares[-1])} of trials): words and characters wrong "
            "count what failed as all lost, words wrong where answered and times leave it out"
        )


def _cells(row: Row, board: Board) -> tuple[str, ...]:
    return (
        row.engine,
        _rank(row, board),
        _places(row, board),
        or_why(with_interval(row.wer, percent), _no_rate(row.wer)),
        *(count(row.answered), count(row.empty), count(row.failed)),
        *(_latency(row, row.latency_p50_s, 1), _latency(row, row.latency_p95_s, P95_NEEDS)),
        or_why(with_interval(row.cer, percent), _no_rate(row.cer)),
        or_why(percent(row.wer_answered.value), _no_rate(row.wer_answered)),
        row.run,
    )


def _latency(row: Row, number: Interval | None, needs: int) -> str:
    """Where there are values enough for it and the harness was in time."""
    if row.latency_invalid:
        return "INVALID"
    if number is None or number.value is None:
        return Missing(noted(number.note) if number is not None and number.note else "nothing was timed")
    return with_interval(number, seconds) if number.n >= needs else Missing(f"{number.n} values; it needs {needs}")


def _rank(row: Row, board: Board) -> str:
    return str(row.rank) if board.has_places else Missing(_no_place(board))


def _beyond(board: Board) -> Iterator[Table]:
    """What some engine says beyond words, engines down and measures across."""
    names = [name for name in HEADLINES if any(name in row.further for row in board.rows)]
    if not names:
        return
    hints = {metric_name(name): _meaning(name) for name in names}
    yield Table(
        title="Beyond the words",
        columns=("engine", *hints),
        rows=tuple(
            (row.engine, *(or_why(with_interval(row.further.get(name), _number(name)), _NOT_SAID) for name in names))
            for row in board.rows
        ),
        numeric=frozenset(hints),
        hints=hints,
        note="Not ranked by; of the answered trials whose references say what is true.",
    )


_NOT_SAID = "no answer of this engine says it"


def _meaning(name: str) -> str:
    known = measure(name)
    return f"{known.definition} ({better(known.lower_is_better, known.best)} is better; {name})"


def _number(name: str) -> Callable[[float | None], str]:
    return seconds if measure(name).unit == "s" else percent


def _groups(board: Board, leaderboard: Leaderboard) -> Iterator[Table]:
    """One table per tag: a row per engine and group."""
    metric = f"{_RATES[leaderboard.metric].split()[0]}s wrong"
    columns = ("engine", "group", "utterances", "speakers", metric, "gap to the others", "")
    for tag in dict.fromkeys(gap.tag for row in board.rows for gap in row.groups):
        gaps = [(row.engine, gap) for row in board.rows for gap in row.groups if gap.tag == tag]
        yield Table(
            title=f"By {tag}",
            columns=columns,
            rows=tuple((engine, *_gap_cells(gap)) for engine, gap in gaps),
            numeric=frozenset(columns[2:6]),
            folded=True,
            note=f"Groups of fewer than {leaderboard.min_utterances} utterances or {leaderboard.min_speakers} speakers "
            "get no number. Gap: the group minus all others with this tag; * where it is told from zero "
            "(Benjamini-Hochberg 5 % over all gaps of this page).",
        )


def _gap_cells(gap: GroupGap) -> tuple[str, ...]:
    if gap.suppressed:
        return gap.group, *[Missing(gap.suppressed)] * 4, gap.suppressed
    star = " *" if gap.p_adjusted is not None and gap.p_adjusted < _SIGNIFICANT else ""
    return (
        gap.group,
        count(gap.n),
        count(gap.n_clusters),
        or_why(with_interval(gap.rate, percent), _NO_RATE),
        or_why(with_interval(gap.gap, points) + star, "the others with this tag are too few"),
        "worst" if gap.worst else "",
    )


def _macro_section(rows: Sequence[MacroRow], leaderboard: Leaderboard) -> Section:
    weights = "; ".join(f"{language_name(language)} {share:.3g}" for language, share in rows[0].weights.items())
    columns = ("engine", "mode", "condition", "mean", "languages without a rate")
    cells = tuple(
        (
            row.engine,
            mode_name(row.mode),
            row.condition,
            or_why(with_interval(row.mean, percent), f"no rate in {listed(list(map(language_name, row.missing)))}"),
            ", ".join(map(language_name, row.missing)),
        )
        for row in rows
    )
    table = Table(title="Mean over languages", columns=columns, rows=cells, numeric=frozenset(("mean",)))
    about = f"The mean of each engine's {_RATES[leaderboard.metric]} per language, weighted: {weights}."
    return Section(
        id="mean",
        title="All languages",
        short="All languages",
        lead=about,
        tables=(table.without_constant(("mode", "condition")),),
    )


# -- the answer -------------------------------------------------------------------------------


def answer(leaderboard: Leaderboard) -> list[Sentence]:
    """Who is first in each table, and who may be as good."""
    told = [_first(board, leaderboard, number) for number, board in enumerate(leaderboard.boards[:_TOLD])]
    if len(leaderboard.boards) > _TOLD:
        told.append(Sentence(tone="plain", head=f"{len(leaderboard.boards) - _TOLD:,} more rankings", detail="below"))
    return told


def _first(board: Board, leaderboard: Leaderboard, number: int) -> Sentence:
    measured = [row for row in board.rows if _rate(row, leaderboard).value is not None]
    section = f"board-{number}"
    amount = f"{plural(board.n_utterances, 'utterance')}, {voices(board.n_speakers, board.n_nameless)}"
    if all(row.failed == row.attempted for row in measured):
        head = f"{_what(board, leaderboard)}: nobody answered"
        return Sentence(tone="bad", head=head, detail=amount, section=section)
    best = measured[0]
    value = rate(_rate(best, leaderboard).value, _unit(board.language, leaderboard))
    failed = f"{count(best.failed)} of {count(best.attempted)} failed" if best.failed else ""
    if len(measured) == 1:
        return Sentence(
            tone="plain",
            head=f"{_what(board, leaderboard)}: {best.engine}, {value}",
            detail=sentence(failed, amount),
            section=section,
        )
    if not board.has_places:
        own = f"{best.engine}: {value}"
        told = [f"{row.engine} {percent(_rate(row, leaderboard).value)}" for row in measured[1:]]
        return Sentence(
            tone="unsure",
            head=f"{_what(board, leaderboard)}: no places, {_no_place(board)}",
            detail=sentence(f"of these utterances only, {own}", listed(told, most=4), failed, amount),
            section=section,
        )
    rivals = [row.engine for row in measured[1:] if row.rank_low <= best.rank_high]
    others = [f"{row.engine} {percent(_rate(row, leaderboard).value)}" for row in measured[1:]]
    if rivals:
        head = f"{_what(board, leaderboard)}: {best.engine} not told apart from {listed(rivals, most=3)}"
        own = f"{best.engine}: {value}"
        detail = sentence(own, listed(others, most=4), failed, amount)
        return Sentence(tone="unsure", head=head, detail=detail, section=section)
    head = f"{_what(board, leaderboard)}: {best.engine} is first, {value}"
    return Sentence(tone="good", head=head, detail=sentence(listed(others, most=4), failed, amount), section=section)


def limits(leaderboard: Leaderboard) -> list[Limit]:
    """What was left out, and doubts about runs; what several runs share is said once."""
    by_caution: dict[str, list[str]] = {}
    for source in leaderboard.sources:
        for caution in source.cautions:
            by_caution.setdefault(caution, []).append(source.run)
    doubts = [f"{listed(runs, most=3)}: {caution}" for caution, runs in by_caution.items()]
    small = [board for board in leaderboard.boards if board.n_speakers < FEW_CLUSTERS]
    nameless = [board for board in leaderboard.boards if board.is_nameless]
    unknown = (
        f"Recordings name no speaker, and each counts as a voice of its own: {_named(nameless, leaderboard)}. If few "
        "people spoke them, intervals are too narrow, so that no place is given."
    )
    names = _named(small, leaderboard)
    few = f"Fewer than {FEW_CLUSTERS} speakers, so that other voices may rank otherwise: {names}."
    late = sorted({row.run for board in leaderboard.boards for row in board.rows if row.latency_invalid})
    times = f"INVALID: the harness was late in {listed(late, most=3)}, so that no latency is given. Word errors stand."
    made = (
        limit("Latency", [times] if late else (), grave=True),
        limit("The ranking", leaderboard.notes),
        limit("The text itself", rules_missing(board.language for board in leaderboard.boards)),
        limit("Other people's voices", [*([unknown] if nameless else ()), *([few] if small else ())]),
        limit("The runs", doubts),
    )
    return [each for each in made if each is not None]


def _named(boards: Sequence[Board], leaderboard: Leaderboard) -> str:
    return listed([_what(board, leaderboard) for board in boards], most=3)


def to_terminal(leaderboard: Leaderboard, *, width: int) -> str:
    """A ranking for each language, mode and condition, as plain text."""
    lines: list[str] = []
    for board in leaderboard.boards:
        rows = tuple(_terminal_row(row, board, leaderboard) for row in board.rows)
        speakers = f"{plural(board.n_utterances, 'utterance')}, {voices(board.n_speakers, board.n_nameless)}"
        columns = ("engine", "place", "possible", "wrong", "95 % interval", "median", "failed")
        table = Table(
            title=_what(board, leaderboard), columns=columns, rows=rows, numeric=frozenset(columns[1:]), note=speakers
        )
        lines += [*plain_table(table, width), ""]
    notes = [text for limit in limits(leaderboard) for text in limit.texts]
    return "\n".join([*lines, *(each for note in notes for each in wrapped(f"! {note}", width, rest="  "))])


def _terminal_row(row: Row, board: Board, leaderboard: Leaderboard) -> tuple[str, ...]:
    own = _rate(row, leaderboard)
    between = NONE if own.low is None or own.high is None else f"{own.low * 100:.1f} to {own.high * 100:.1f}"
    latency = NONE if row.latency_p50_s is None else seconds(row.latency_p50_s.value)
    latency = "INVALID" if row.latency_invalid else latency
    return row.engine, _rank(row, board), _places(row, board), percent(own.value), between, latency, count(row.failed)
