"""What failed, came back empty, or in another script. Formats; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bench.report.names import language_name
from bench.report.phrases import listed, plural, sentence
from bench.report.run.data import RunData, Speech
from bench.report.sentences import Sentence
from bench.scoring.cells import ScoredTrial

_MANY_ELSEWHERE = 0.05
"""From this share of an engine's answers in a language on, its error rate there speaks of scripts."""
_NAMED = 4


def failures(data: RunData, speech: Speech | None) -> Iterator[Sentence]:
    """Failed and empty trials, where there are any; `None`: of all languages."""
    rows = [row for row in data.rows if speech is None or _spoken(row) == speech]
    failed = [row for row in rows if row.failure_kind is not None]
    empty = [row for row in rows if row.empty and row.failure_kind is None]
    if not failed and not empty:
        return
    by_engine = Counter(row.cell.engine for row in failed)
    kinds = Counter(row.failure_kind.value for row in failed if row.failure_kind is not None)
    who = listed([f"{engine} {number:,}" for engine, number in _largest_first(by_engine)])
    what = listed([f"{kind} {number:,}" for kind, number in _largest_first(kinds)])
    nothing = f"{plural(len(empty), 'answer')} without a word" if empty else ""
    if not failed:
        head = f"{len(empty):,} of {plural(len(rows), 'answer')} came back empty"
        yield Sentence(tone="bad", head=head, detail="they count as all words lost", section="failures")
        return
    yield Sentence(
        tone="bad",
        head=f"{len(failed):,} of {plural(len(rows), 'trial')} failed",
        detail=sentence(f"by engine: {who}", f"by kind: {what}", nothing, "error rates are of answered trials"),
        section="failures",
    )


def in_another_script(data: RunData, speech: Speech | None) -> Iterator[Sentence]:
    """Said where many answers of an engine in a language are not in the script of the references."""
    answered = [row for row in data.rows if row.answered and (speech is None or _spoken(row) == speech)]
    totals = Counter((row.cell.language, row.cell.engine) for row in answered)
    wrong = Counter((row.cell.language, row.cell.engine) for row in answered if row.wrong_script)
    many = {key: number for key, number in sorted(wrong.items()) if number > _MANY_ELSEWHERE * totals[key]}
    if many:
        who = [
            f"{language_name(language)} by {engine} ({number:,} of {totals[language, engine]:,})"
            for (language, engine), number in many.items()
        ]
        yield Sentence(
            tone="bad",
            head=f"{plural(sum(many.values()), 'answer')} in another script than the references'",
            detail=sentence(listed(who, most=_NAMED), "counted as wrong, though what they say may be right"),
            section="failures",
        )


def _spoken(trial: ScoredTrial) -> Speech:
    return Speech(trial.cell.corpus, trial.cell.language)


def _largest_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    """Of equal numbers, names in order."""
    return sorted(numbers.items(), key=lambda entry: (-entry[1], entry[0]))
