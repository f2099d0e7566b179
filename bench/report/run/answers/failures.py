"""What failed, came back empty, or in another script. Formats; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from bench.report.names import language_name
from bench.report.phrases import listed, plural, sentence
from bench.report.run.data import RunData, Speech
from bench.report.sentences import Sentence

_MANY_ELSEWHERE = 0.05
"""From this share of an engine's answers in a language on, its error rate there speaks of scripts."""
_NAMED = 4


def failures(data: RunData, speech: Speech | None) -> Iterator[Sentence]:
    """Failed and empty trials, where there are any; `None`: of all languages."""
    rows, own = data.rows, _spoken(data, speech)
    failures, empty = own & rows.failed, int((own & rows.empty & ~rows.failed).sum())
    failed, sent = int(failures.sum()), int(own.sum())
    if not failed and not empty:
        return
    by_engine = rows.texts("engine").counted(failures)
    kinds = rows.texts("failure_kind").counted(failures)
    who = listed([f"{engine} {number:,}" for engine, number in _largest_first(by_engine)])
    what = listed([f"{kind} {number:,}" for kind, number in _largest_first(kinds)])
    nothing = f"{plural(empty, 'answer')} without a word" if empty else ""
    if not failed:
        head = f"{empty:,} of {plural(sent, 'answer')} came back empty"
        yield Sentence(tone="bad", head=head, detail="they count as all words lost", section="failures")
        return
    yield Sentence(
        tone="bad",
        head=f"{failed:,} of {plural(sent, 'trial')} failed",
        detail=sentence(f"by engine: {who}", f"by kind: {what}", nothing, "error rates are of answered trials"),
        section="failures",
    )


def in_another_script(data: RunData, speech: Speech | None) -> Iterator[Sentence]:
    """Said where many answers of an engine in a language are not in the script of the references."""
    answered = _spoken(data, speech) & ~data.rows.failed
    totals = _by_language(data, answered)
    wrong = _by_language(data, answered & (data.rows.counts("wrong_script") > 0))
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


def _spoken(data: RunData, speech: Speech | None) -> NDArray[np.bool_]:
    """Of each trial, whether it is of this speech; `None`: of any."""
    asked = [speech is None or Speech(cell.corpus, cell.language) == speech for cell in data.rows.cells]
    return np.array(asked, np.bool_)[data.rows.cell_numbers]


def _by_language(data: RunData, chosen: NDArray[np.bool_]) -> Counter[tuple[str, str]]:
    """How many of the chosen trials there are of each language and engine."""
    counted: Counter[tuple[str, str]] = Counter()
    numbers = np.bincount(data.rows.cell_numbers[chosen], minlength=len(data.rows.cells))
    for cell, number in zip(data.rows.cells, numbers.tolist(), strict=True):
        if number:
            counted[cell.language, cell.engine] += number
    return counted


def _largest_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    """Of equal numbers, names in order."""
    return sorted(numbers.items(), key=lambda entry: (-entry[1], entry[0]))
