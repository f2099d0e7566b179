"""What failed or came back empty. Formats; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bench.report.phrases import listed, plural, sentence
from bench.report.run.data import RunData, Speech
from bench.report.sentences import Sentence


def failures(data: RunData, speech: Speech | None) -> Iterator[Sentence]:
    """Failed and empty trials, where there are any; `None`: of all languages."""
    rows = [row for row in data.rows if speech is None or Speech(row.cell.corpus, row.cell.language) == speech]
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


def _largest_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    """Of equal numbers, names in order."""
    return sorted(numbers.items(), key=lambda entry: (-entry[1], entry[0]))
