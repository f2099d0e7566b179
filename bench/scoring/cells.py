"""A scored trial, the cells that trials are counted by, and what can be counted of many. Pure.

A `ScoredTrial` is the only shape of one: in memory, in scores.parquet (`bench.scoring.records`) and, without its texts,
in a baseline, so that what was stored a year ago can be compared without its run folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.scoring.text.terms import TermCounts
from bench.types import Cell, ErrorCounts, FailureKind

CELL_KEYS = Cell._fields
FAILURES_DIFFER = "failures differ"
"""Begins what is said of a comparison where one side failed more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a run's report: engines and conditions as the config names them."""

    engines: Sequence[str]
    conditions: Sequence[str]
    """The first is what the others are compared with."""

    def of(self, cell: Cell) -> tuple[object, ...]:
        """The sort key of a cell: conditions of one corpus and language stand together."""
        engine, condition = self.engines.index(cell.engine), self.conditions.index(cell.condition)
        return engine, cell.mode, cell.corpus, cell.language, condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTrial:
    """One trial with all that is counted of it. `words` and `chars` are `None` where it failed.

    Texts are normalised words between spaces, and are not kept in a baseline.
    """

    trial_id: str = ""
    utterance_id: str
    """The utterance's key."""
    cell: Cell
    repeat: int = 0
    cluster: str
    """Speaker or conversation; the utterance's own id where neither is known."""
    duration_s: float
    reference_words: int
    """Of the first variants, whatever the answer."""
    words: ErrorCounts | None
    chars: ErrorCounts | None = None
    further: Mapping[str, ErrorCounts] = field(default_factory=dict)
    """Other ways of counting, by name, where they differ from `words` (bench.scoring.text.score)."""
    terms: TermCounts | None = None
    """`None`: the trial failed, or its corpus has no terms."""
    failure_kind: FailureKind | None = None
    failure: str | None = None
    """The failure's message."""
    empty: bool = False
    """Answered, with no words after the text rules."""
    wrong_script: bool = False
    """Most of the answer is in a script that neither the language nor the reference uses."""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    """Latency and other per-trial metrics; absent or `None`: cannot be had, with why in `reasons`."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    tallies: Mapping[str, float] = field(default_factory=dict)
    """What adds up of the answer beyond its words (bench.scoring.tally), where the reference holds what it takes."""
    word_errors: str | None = None
    """Of the recognised words that tallies of word times are of (bench.scoring.timing.shared_words). `None`: none."""
    dose: Mapping[str, float] = field(default_factory=dict)
    """What the condition achieved."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the utterance."""
    node: str | None = None
    """Of a cluster, where it was asked; `None`: on the one machine of the run."""
    reference: str = ""
    """Of accepted variants, those that the answer was read by."""
    hypothesis: str | None = None
    """Without what was said where the reference is unintelligible. `None`: the trial failed."""
    path: str = ""
    """The edit path from reference to hypothesis, as the alignment resolved it (bench.scoring.text.align)."""

    @property
    def answered(self) -> bool:
        return self.failure_kind is None

    @property
    def speaker_known(self) -> bool:
        """Whether its cluster is more than the utterance itself."""
        own, cluster = self.utterance_id, self.cluster
        return not own.endswith(cluster) or own not in (cluster, f"{self.cell.corpus}/{cluster}")

    @property
    def missed(self) -> bool:
        """Empty although there was speech."""
        return self.empty and self.reference_words > 0

    @property
    def words_or_all_deleted(self) -> ErrorCounts:
        """The counts; where it failed, every reference word deleted."""
        return self.words if self.words is not None else ErrorCounts(deletions=self.reference_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What became of the trials of a cell. Empty ones are answered."""

    attempted: int
    answered: int
    empty: int
    """Answered with no words after the text rules."""
    missed: int
    """Empty although there was speech."""
    failed: Mapping[FailureKind, int]

    @property
    def failed_rate(self) -> float:
        return sum(self.failed.values()) / self.attempted if self.attempted else 0.0

    @property
    def empty_rate(self) -> float:
        """Empty answers to speech, among all answers."""
        return self.missed / self.answered if self.answered else 0.0


def by_cell(trials: Iterable[ScoredTrial], order: Order | None = None) -> dict[Cell, list[ScoredTrial]]:
    """The trials of each cell.

    With an order: cells in it, trials by utterance and repeat. Without: cells sorted, trials as they come.
    """
    cells: dict[Cell, list[ScoredTrial]] = defaultdict(list)
    for trial in trials:
        cells[trial.cell].append(trial)
    if order is None:
        return dict(sorted(cells.items()))
    for own in cells.values():
        own.sort(key=lambda trial: (trial.utterance_id, trial.repeat))
    return {cell: cells[cell] for cell in sorted(cells, key=order.of)}


def of_unknown_speakers(trials: Iterable[ScoredTrial]) -> str | None:
    """What must be said of an interval over these trials, where nobody gave the speakers of some; `None`: nothing."""
    utterances: set[str] = set()
    unknown: set[str] = set()
    for trial in trials:
        utterances.add(trial.utterance_id)
        if not trial.speaker_known:
            unknown.add(trial.utterance_id)
    if not unknown:
        return None
    part = "" if unknown == utterances else f" of {len(unknown)} of {len(utterances)} utterances"
    return f"speakers unknown{part}: these utterances only"


def failing_otherwise(a: Sequence[ScoredTrial], b: Sequence[ScoredTrial]) -> str | None:
    """What must be said of a comparison of what both answered, where one failed more; `None`: they failed alike."""
    rates = [sum(not trial.answered for trial in side) / len(side) if side else 0.0 for side in (a, b)]
    if rates[0] == rates[1]:
        return None
    shares = f"{100 * rates[0]:.1f} % and {100 * rates[1]:.1f} % of trials"
    return f"{FAILURES_DIFFER} ({shares}): what failed is left out here, and counted as deleted in wer.failures_deleted"


def coverage(trials: Sequence[ScoredTrial]) -> Coverage:
    """Attempted, answered, empty and failed by kind."""
    failed = Counter(trial.failure_kind for trial in trials if trial.failure_kind is not None)
    return Coverage(
        attempted=len(trials),
        answered=len(trials) - failed.total(),
        empty=sum(trial.empty for trial in trials),
        missed=sum(trial.missed for trial in trials),
        failed={kind: failed[kind] for kind in FailureKind if failed[kind]},
    )


def alarms(
    trials: Sequence[ScoredTrial],
    *,
    max_empty_rate: float = 0.02,
    min_length_ratio: float = 0.7,
    max_wrong_script: float = 0.5,
) -> tuple[str, ...]:
    """What must not be overlooked in one cell: answers that are empty, in another script, or much too short.

    A wrong language, a stream cut short or a wrong sample rate shows here before anyone reads a transcript.
    """
    alarmed = []
    count = coverage(trials)
    if count.empty_rate > max_empty_rate:
        alarmed.append(
            f"{count.missed} of {count.answered} answers ({count.empty_rate:.1%}) are empty although there was speech; "
            f"expected at most {max_empty_rate:.1%}"
        )
    elsewhere = sum(trial.wrong_script for trial in trials)
    if count.answered and elsewhere > max_wrong_script * count.answered:
        alarmed.append(
            f"{elsewhere} of {count.answered} answers are in another script than the references': what is written so "
            "counts as wrong; ask the engine for the references' script, or score with --transliterate"
        )
    leaking = sum(trial.tallies.get("private.cards_leaked", 0) > 0 for trial in trials)
    if leaking:
        alarmed.append(
            f"a card number or security code can be read in {leaking} of {count.answered} answers: a failure of the run"
        )
    words = sum((trial.words for trial in trials if trial.words is not None), ErrorCounts())
    if words.reference_length and words.hypothesis_length < min_length_ratio * words.reference_length:
        alarmed.append(
            f"answers hold {words.hypothesis_length / words.reference_length:.0%} as many words as the references; "
            f"expected at least {min_length_ratio:.0%}"
        )
    return tuple(alarmed)
