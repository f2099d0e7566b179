"""What is in a manifest: hours, speakers, and how they spread over languages and tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.corpora.manifest import Header, load_manifest
from bench.corpora.sampling import check_keys, stratum_value
from bench.corpora.validate import chars_per_s, speakers_unknown
from bench.types import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStats:
    """One row."""

    key: str
    """`all`, or what the rows are grouped by."""
    value: str
    utterances: int
    clusters: int
    """Distinct speakers or conversations; utterances without one count one each."""
    hours: float
    median_s: float
    words: int
    """Separated by spaces: an aid only, of no use for Chinese or Japanese."""
    chars_per_s: float
    """Median over utterances."""
    sample_rates_hz: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Of a corpus."""

    header: Header
    rows: list[GroupStats]
    unknown: str | None
    """What it costs that nothing says who speaks; `None`: it is said of every utterance."""


def summarise(manifest: Path, by: Sequence[str] = ()) -> Summary:
    """Read a manifest and count, by each key; without one by language.

    Raises:
        ManifestError: if it cannot be read.
        UsageError: for a key that no utterance has.
    """
    corpus = load_manifest(manifest)
    check_keys(corpus.utterances, by)
    return Summary(
        header=corpus.header,
        rows=corpus_stats(corpus.utterances, by or ("language",)),
        unknown=speakers_unknown(sum(each.cluster is None for each in corpus.utterances), len(corpus.utterances)),
    )


def corpus_stats(utterances: Sequence[Utterance], by: Sequence[str] = ("language",)) -> list[GroupStats]:
    """A row for everything, then one per value of each key, by hours."""
    rows = [_row("all", "", utterances)]
    for key in by:
        groups: dict[str, list[Utterance]] = {}
        for utterance in utterances:
            groups.setdefault(stratum_value(utterance, key), []).append(utterance)
        group_rows = [_row(key, value, items) for value, items in groups.items()]
        rows += sorted(group_rows, key=lambda row: (-row.hours, row.value))
    return rows


def _row(key: str, value: str, utterances: Iterable[Utterance]) -> GroupStats:
    items = list(utterances)
    durations = [utterance.duration_s for utterance in items]
    return GroupStats(
        key=key,
        value=value,
        utterances=len(items),
        clusters=len(
            {("cluster", utterance.cluster) if utterance.cluster else ("id", utterance.id) for utterance in items}
        ),
        hours=sum(durations) / 3600,
        median_s=float(np.median(durations)),
        words=sum(len(utterance.text.split()) for utterance in items),
        chars_per_s=float(np.median([chars_per_s(utterance) for utterance in items])),
        sample_rates_hz=tuple(sorted({utterance.sample_rate_hz for utterance in items})),
    )
