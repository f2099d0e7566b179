"""What a site says in words: who is ahead in a language, and what its numbers cannot say. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bench.leaderboard.values import Board, Row
from bench.report.names import MODE_NAMES, language_name
from bench.report.phrases import bounds, listed, plural, rate, sentence, voices
from bench.report.sentences import Limit, Sentence
from bench.report.site.gather import SiteData
from bench.report.tables import count, percent, with_interval
from bench.scoring.text.normalize.data import has_rules
from bench.stats.clusters import FEW_CLUSTERS, MIN_CLUSTERS

_NAMED = 3


def where(board: Board) -> str:
    """`batch, clean`, in words."""
    part = ", code-switched speech" if board.subset == "code-switched" else ""
    return f"{MODE_NAMES['stream' if board.mode == 'stream' else 'batch'].lower()}, {board.condition}{part}"


def answer_of(board: Board, unit: str) -> Iterator[Sentence]:
    """Who is ahead on one table, and what failed there."""
    ranked = [row for row in board.rows if row.wer.value is not None]
    answered = [row for row in ranked if row.answered]
    if not answered:
        yield Sentence(tone="bad", head=f"{where(board).capitalize()}: no engine gave an answer")
        return
    yield _ahead(board, ranked, unit)
    yield from _failed(board)


def _ahead(board: Board, ranked: list[Row], unit: str) -> Sentence:
    best = ranked[0]
    at = where(board).capitalize()
    told = f"{plural(board.n_utterances, 'utterance')}, {voices(board.n_speakers, board.n_nameless)}"
    if len(ranked) == 1:
        head = f"{at}: {best.engine} gets {rate(best.wer.value, unit)}"
        return Sentence(tone="plain", head=head, detail=_more(best, told))
    values = listed([f"{row.engine} {with_interval(row.wer, percent)}" for row in ranked], most=6)
    if not board.has_places:
        return Sentence(
            tone="unsure",
            head=f"{at}: no places; {voices(board.n_speakers, board.n_nameless)}, and places need {MIN_CLUSTERS} known",
            detail=sentence(f"of these utterances only, {unit} wrong: {values}", told),
        )
    top = [row.engine for row in ranked if row.rank_low == 1]
    if len(top) == 1:
        return Sentence(
            tone="good",
            head=f"{at}: {best.engine} is ahead with {rate(best.wer.value, unit)}",
            detail=sentence(f"shown against {_others(ranked)}: {values}", told),
        )
    return Sentence(
        tone="unsure",
        head=f"{at}: {listed(top, most=4)} are not told apart at the top",
        detail=sentence(f"{unit} wrong: {values}", told),
    )


def _others(ranked: list[Row]) -> str:
    return ranked[1].engine if len(ranked) == 2 else f"each of the other {count(len(ranked) - 1)}"


def _more(row: Row, told: str) -> str:
    return sentence(bounds(row.wer, percent), told, "nothing to compare it with")


def _failed(board: Board) -> Iterator[Sentence]:
    failing = [row for row in board.rows if row.failed]
    if failing:
        named = [f"{row.engine} {count(row.failed)} of {count(row.attempted)}" for row in failing]
        yield Sentence(
            tone="bad",
            head=f"{where(board).capitalize()}: trials failed, {listed(named)}",
            detail="a failed trial counts as all words lost, so that declining what is hard does not pay",
        )


def overview(data: SiteData) -> Iterator[Sentence]:
    """The whole site in a few sentences: one for each engine that is ahead anywhere, one for all that is open."""
    ahead: dict[str, list[str]] = {}
    open_: dict[str, list[str]] = {}
    for language in data.languages:
        board = data.boards_of(language)[0]
        if len(board.rows) > 1:
            top = [row.engine for row in board.rows if row.rank_low == 1]
            is_ahead = board.has_places and len(top) == 1
            (ahead if is_ahead else open_).setdefault(top[0] if is_ahead else _why_open(board), []).append(
                language_name(language)
            )
    for engine, names in sorted(ahead.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        head = f"{engine} is shown to be ahead in {listed(names, most=6)}"
        yield Sentence(tone="good", head=head, detail="each against every other engine measured there")
    for why, detail in _OPEN.items():
        if why in open_:
            yield Sentence(tone="unsure", head=f"{why}: {listed(open_[why], most=6)}", detail=detail)
    if not (ahead or open_):
        yield Sentence(tone="plain", head="One engine in each language: nothing to rank yet")


_TIED, _FEW, _NAMELESS = "Not told apart at the top", "Too few speakers for a place", "No place, speakers not known"
_SILENT = "No engine gave an answer"
_OPEN = {
    _TIED: "",
    _FEW: f"places are tested over speakers and need {MIN_CLUSTERS} of them; values stand without one",
    _SILENT: "",
    _NAMELESS: "places are tested over speakers; values stand without one",
}
"""Why a language has nobody ahead, with what to add to it."""


def _why_open(board: Board) -> str:
    if not any(row.answered for row in board.rows):
        return _SILENT
    return _TIED if board.has_places else _NAMELESS if board.is_nameless else _FEW


# -- what it cannot say -----------------------------------------------------------------------


def limits_of(data: SiteData, language: str | None = None) -> list[Limit]:
    """What the site, or its page of one language, cannot say."""
    boards = data.boards if language is None else data.boards_of(language)
    kinds = (
        ("Latency", True, _invalid(data, boards)),
        ("Other people's voices", False, _voices(data, boards, language)),
        ("What failed would have said", False, _failures(boards, language)),
        ("Latency of several runs", False, _several_runs(data, boards)),
        ("Which recordings", False, _left_out(boards, language)),
        ("The text itself", False, _rules(data, boards)),
        ("The runs", False, _cautions(data, boards)),
    )
    return [
        Limit(about=about, texts=texts, grave=grave)
        for about, grave, made in kinds
        if (texts := tuple(dict.fromkeys(made)))
    ]


def _runs_of(boards: list[Board]) -> set[str]:
    return {name for board in boards for row in board.rows for name in row.run.split(", ")}


def _invalid(data: SiteData, boards: list[Board]) -> Iterator[str]:
    used = _runs_of(boards)
    for run in data.runs:
        if run.invalid and run.name in used:
            yield (
                f"{run.name} is INVALID: the harness was late, so what it timed is no engine's latency. None of its "
                "latency is shown; its word errors stand."
            )


def _voices(data: SiteData, boards: list[Board], language: str | None) -> Iterator[str]:
    few: dict[str, int] = {}
    rough: dict[str, int] = {}
    for board in boards:
        name = language_name(board.language)
        if board.is_nameless:
            continue
        if not board.has_places:
            few[name] = min(board.n_speakers, few.get(name, board.n_speakers))
        elif board.n_speakers < FEW_CLUSTERS:
            rough[name] = min(board.n_speakers, rough.get(name, board.n_speakers))
    if few:
        yield (
            f"{_told(few, language)}: fewer than {MIN_CLUSTERS}. No place and no interval can be given; what is "
            "counted holds for these voices."
        )
    if rough:
        yield f"{_told(rough, language)}: intervals are rough below about {FEW_CLUSTERS}."
    spoken = {board.language for board in boards}
    for run in data.runs:
        nameless = [language_name(code) for code in run.unknown if code in spoken]
        if nameless:
            yield (
                f"{run.name}: recordings of {listed(sorted(nameless))} name no speaker, and each counts as a voice of "
                "its own. If few people spoke them, intervals are too narrow. No place is given where more than one in "
                "twenty name none."
            )


def _told(speakers: dict[str, int], language: str | None) -> str:
    named = [f"{name} {plural(number, 'speaker')}" for name, number in speakers.items()]
    return listed(named, most=4) if language is None else plural(min(speakers.values()), "speaker")


def _failures(boards: list[Board], language: str | None) -> Iterator[str]:
    """Of a language, every table; of the site, the first of each language."""
    if language is None:
        boards = list({board.language: board for board in reversed(boards)}.values())[::-1]
    for board in boards:
        for row in board.rows:
            if row.failed and row.wer_answered.value is not None:
                title = where(board) if language else f"{language_name(board.language)}, {where(board)}"
                yield (
                    f"{row.engine} failed in {count(row.failed)} of {plural(row.attempted, 'trial')} ({title}): "
                    f"{percent(row.wer.value)} with every failure as all lost, {percent(row.wer_answered.value)} of "
                    "what it answered."
                )


def _several_runs(data: SiteData, boards: list[Board]) -> Iterator[str]:
    if len(_runs_of(boards)) > 1:
        yield "It was measured on different machines and networks. Compare latency within one run only."


def _left_out(boards: list[Board], language: str | None) -> Iterator[str]:
    for board in boards:
        if board.left_out:
            title = where(board) if language else f"{language_name(board.language)}, {where(board)}"
            yield (
                f"{title}: {plural(board.left_out, 'utterance')} that not every engine attempted "
                f"{'is' if board.left_out == 1 else 'are'} left out."
            )


def _rules(data: SiteData, boards: list[Board]) -> Iterator[str]:
    unknown = sorted({board.language for board in boards if not has_rules(board.language)})
    if unknown:
        yield (
            f"No text rules for {listed([language_name(code) for code in unknown])}: numbers, spellings and "
            "hesitations written another way count as errors there."
        )
    units = {data.units[board.language] for board in boards}
    if len(units) > 1:
        yield "Languages without spaces are counted in characters, others in words: never compare the two."


def _cautions(data: SiteData, boards: list[Board]) -> Iterator[str]:
    used = _runs_of(boards)
    said: dict[str, list[str]] = {}
    for run in data.runs:
        if run.name in used:
            emulated = sorted(engine.id for engine in run.engines if engine.about.emulate is not None)
            if emulated:
                verb = "was" if len(emulated) == 1 else "were"
                said.setdefault(f"{listed(emulated)} {verb} served by the emulator, not by a vendor", []).append(
                    run.name
                )
            for caution in run.cautions:
                if "INVALID" not in caution:  # said above
                    said.setdefault(caution, []).append(run.name)
    yield from (f"{listed(runs)}: {caution}." for caution, runs in said.items())
