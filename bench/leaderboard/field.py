"""Who competes with whom on what: the engines of one table on the utterances that all of them attempted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from bench.errors import ConfigError, Problem
from bench.leaderboard.merge import Merged
from bench.leaderboard.ranks import Counts
from bench.leaderboard.values import MetricName, Subset
from bench.scoring.cells import ScoredTrial
from bench.types import ErrorCounts, Mode


@dataclass(frozen=True, kw_only=True)
class Field:
    """One table before it is counted."""

    language: str
    mode: Mode
    condition: str
    subset: Subset
    rows: Mapping[str, Mapping[str, Sequence[ScoredTrial]]]
    """Engine -> utterance key -> its repeats."""
    left_out: int

    @cached_property
    def clusters(self) -> dict[str, str]:
        """Speaker of each utterance, unique over corpora."""
        first = next(iter(self.rows.values()))
        return {key: f"{rows[0].cell.corpus}/{rows[0].cluster}" for key, rows in first.items()}

    @cached_property
    def n_nameless(self) -> int:
        """Utterances whose speaker nobody gave."""
        first = next(iter(self.rows.values()))
        return sum(not rows[0].speaker_known for rows in first.values())

    @cached_property
    def chars(self) -> dict[str, int]:
        """Reference characters of each utterance that any engine answered."""
        return {
            key: row.chars.reference_length
            for of_engine in self.rows.values()
            for key, rows in of_engine.items()
            for row in rows
            if row.chars is not None
        }

    def counts(self, engine: str, metric: MetricName) -> Counts:
        """Errors and reference lengths, repeats pooled, failures as all deleted.

        For `cer` without the utterances that nobody answered: their length in characters is not on record.
        """
        by_engine = {}
        for key, rows in self.rows[engine].items():
            if metric == "wer" or key in self.chars:
                each = [row.words_or_all_deleted if metric == "wer" else self._chars_of(row, key) for row in rows]
                pooled = sum(each, ErrorCounts())
                by_engine[key] = (pooled.errors, pooled.reference_length)
        return by_engine

    def answered_words(self, engine: str) -> Counts:
        """Word errors and reference words of the answered trials alone."""
        by_engine = {}
        for key, rows in self.rows[engine].items():
            answered = [row.words for row in rows if row.words is not None]
            if answered:
                pooled = sum(answered, ErrorCounts())
                by_engine[key] = (pooled.errors, pooled.reference_length)
        return by_engine

    def _chars_of(self, row: ScoredTrial, key: str) -> ErrorCounts:
        return row.chars if row.chars is not None else ErrorCounts(deletions=self.chars[key])


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
    grouped: dict[tuple[str, Mode, str], dict[str, dict[str, list[ScoredTrial]]]] = defaultdict(dict)
    for row in merged.rows:
        setting = (row.cell.language, row.cell.mode, row.cell.condition)
        if all(names is None or value in names for value, names in zip(setting, wanted, strict=True)):
            grouped[setting].setdefault(row.cell.engine, {}).setdefault(row.utterance_id, []).append(row)
    for setting, engines in sorted(grouped.items()):
        yield from _of_place(setting, engines, merged.code_switched)


def _of_place(
    setting: tuple[str, Mode, str], engines: Mapping[str, Mapping[str, Sequence[ScoredTrial]]], code_switched: Set[str]
) -> Iterator[Field]:
    common = set.intersection(*(set(rows) for rows in engines.values()))
    if not common:
        got = f"none among {', '.join(sorted(engines))}"
        expected = "utterances that every engine attempted"
        raise ConfigError([Problem(", ".join(setting), expected, got, "leave one run out, or name other conditions")])
    everything = set.union(*(set(rows) for rows in engines.values()))
    mixed = common & code_switched
    subsets: dict[Subset, Set[str]] = {"code-switched": mixed} if mixed else {}
    if mixed != common:
        subsets = {"all": common, **subsets}
    for subset, keys in subsets.items():
        yield Field(
            language=setting[0],
            mode=setting[1],
            condition=setting[2],
            subset=subset,
            rows={engine: {key: engines[engine][key] for key in sorted(keys)} for engine in sorted(engines)},
            left_out=len(everything - common),
        )
