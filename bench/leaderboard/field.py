"""Who competes with whom on what: the engines of one table on the utterances that all of them attempted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import ConfigError, Problem
from bench.leaderboard.counts import Counts
from bench.leaderboard.merge import Merged
from bench.leaderboard.values import MetricName, Subset
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import Cell, Mode


@dataclass(frozen=True, kw_only=True)
class Field:
    """One table before it is counted."""

    language: str
    mode: Mode
    condition: str
    subset: Subset
    trials: ScoredColumns
    """Of all tables."""
    rows: Mapping[str, NDArray[np.intp]]
    """Engine -> numbers of its trials in this one: by the utterance's key, its repeats as they come."""
    left_out: int

    @cached_property
    def keys(self) -> NDArray[np.object_]:
        """Of the utterances, in order."""
        return self._first.texts("utterance_id").texts()

    @cached_property
    def clusters(self) -> dict[str, str]:
        """Speaker of each utterance, unique over corpora."""
        names = zip(self.keys, *(self._first.texts(name).texts() for name in ("corpus", "cluster")), strict=True)
        return {key: f"{corpus}/{cluster}" for key, corpus, cluster in names}

    @cached_property
    def n_nameless(self) -> int:
        """Utterances whose speaker nobody gave."""
        own = self._first.texts("cluster").texts()
        return sum(key in (cluster, label) for (key, label), cluster in zip(self.clusters.items(), own, strict=True))

    @property
    def corpora(self) -> tuple[str, ...]:
        return tuple(self._first.texts("corpus").used())

    @property
    def audio_s(self) -> float:
        """Of the utterances, each once."""
        durations: list[float] = self._first.numbers("duration_s").tolist()
        return sum(durations)

    @cached_property
    def chars(self) -> NDArray[np.int64]:
        """Reference characters of each utterance; -1: no engine answered it."""
        chars = np.full(len(self.keys), -1)
        for rows in self.rows.values():
            counted = self.trials.chars.counted[rows]
            chars[self._places(rows)[counted]] = self.trials.chars.lengths[rows[counted]]
        return chars

    def counts(self, engine: str, metric: MetricName) -> Counts:
        """Errors and reference lengths, repeats pooled, failures as all deleted.

        For `cer` without the utterances that nobody answered: their length in characters is not on record.
        """
        rows = self.rows[engine]
        places, edits = self._places(rows), self.trials.words if metric == "wer" else self.trials.chars
        deleted = self.trials.counts("reference_words")[rows] if metric == "wer" else self.chars[places]
        errors, lengths = (np.where(edits.counted[rows], own[rows], deleted) for own in edits[1:])
        return self._pooled(places, errors, lengths, deleted >= 0)

    def answered_words(self, engine: str) -> Counts:
        """Word errors and reference words of the answered trials alone."""
        rows, edits = self.rows[engine], self.trials.words
        return self._pooled(self._places(rows), edits.errors[rows], edits.lengths[rows], edits.counted[rows])

    def of(self, engine: str) -> tuple[ScoredTrial, ...]:
        """Its trials with the headline latency for a metric, made anew."""
        return self.trials.only_metrics({HEADLINE_LATENCY[self.mode]}).trials(self.rows[engine])

    @cached_property
    def _first(self) -> ScoredColumns:
        """Of the first engine the first repeat of each utterance."""
        rows = next(iter(self.rows.values()))
        return self.trials.taken(rows[np.flatnonzero(np.diff(self._places(rows), prepend=-1))])

    def _places(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The place of each row's utterance among the keys."""
        codes = self.trials.texts("utterance_id").codes[rows]
        return np.cumsum(np.diff(codes, prepend=codes[:1]) != 0)

    def _pooled(
        self, places: NDArray[np.intp], errors: NDArray[np.int64], lengths: NDArray[np.int64], kept: NDArray[np.bool_]
    ) -> Counts:
        known, at = np.unique(places[kept], return_inverse=True)
        sums = np.zeros((2, len(known)), np.int64)
        np.add.at(sums[0], at, errors[kept])
        np.add.at(sums[1], at, lengths[kept])
        return Counts(self.keys[known], sums[0], sums[1])


def fields(
    merged: Merged,
    *,
    languages: Sequence[str] | None = None,
    modes: Sequence[str] | None = None,
    conditions: Sequence[str] | None = None,
) -> Iterator[Field]:
    """One per language, mode and condition; and one more where a part of its utterances is code-switched.

    Raises:
        ConfigError: if engines that are to stand in one table have no utterance in common.
    """
    wanted = (languages, modes, conditions)
    grouped: dict[tuple[str, Mode, str], dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in merged.rows.cells:
        setting = (cell.language, cell.mode, cell.condition)
        if all(names is None or value in names for value, names in zip(setting, wanted, strict=True)):
            grouped[setting][cell.engine].append(cell)
    ranks = merged.rows.texts("utterance_id").ranks()
    for setting, engines in sorted(grouped.items()):
        rows = {engine: _rows(merged.rows, engines[engine], ranks) for engine in sorted(engines)}
        yield from _of_place(setting, rows, merged, ranks)


def _rows(trials: ScoredColumns, cells: Sequence[Cell], ranks: NDArray[np.int64]) -> NDArray[np.intp]:
    """Of these cells together, by utterance."""
    rows = np.sort(np.concatenate([trials.rows_of(cell) for cell in cells]))
    return rows[np.argsort(ranks[rows], kind="stable")]


def _of_place(
    setting: tuple[str, Mode, str], rows: Mapping[str, NDArray[np.intp]], merged: Merged, ranks: NDArray[np.int64]
) -> Iterator[Field]:
    attempted = [np.unique(ranks[own]) for own in rows.values()]
    common: NDArray[Any] = reduce(np.intersect1d, attempted)
    if not len(common):
        got = f"none among {', '.join(rows)}"
        expected = "utterances that every engine attempted"
        raise ConfigError([Problem(", ".join(setting), expected, got, "leave one run out, or name other conditions")])
    first = next(iter(rows.values()))
    mixed = np.intersect1d(common, ranks[first[merged.code_switched[first]]])
    subsets: dict[Subset, NDArray[Any]] = {"code-switched": mixed} if len(mixed) else {}
    if len(mixed) < len(common):
        subsets = {"all": common, **subsets}
    for subset, keys in subsets.items():
        yield Field(
            language=setting[0],
            mode=setting[1],
            condition=setting[2],
            subset=subset,
            trials=merged.rows,
            rows={engine: own[np.isin(ranks[own], keys)] for engine, own in rows.items()},
            left_out=len(reduce(np.union1d, attempted)) - len(common),
        )
