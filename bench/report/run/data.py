"""What a run's page reads, gathered once from the run folder.

The only module of the page that knows how a run is stored. Reads; computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.comparison.targets import Target
from bench.corpora.manifest import Manifest
from bench.report.names import language_name
from bench.report.run.replies import replayed, tail_lost, tails_lost
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.errors.analysis import Analysis
from bench.scoring.nodes import NodeLatency
from bench.scoring.second_opinion import SecondOpinion
from bench.scoring.sensitivity import Sensitivity
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.scoring.timing.over_time import OverTime
from bench.scoring.timing.validity import Validity
from bench.store import RunFolder
from bench.store.clips import Clips
from bench.store.spec import Environment, Node, NormalizerIdentity, RunSpec
from bench.store.texts import Calls, TrialTexts
from bench.types import Cell, Cluster, Condition, Contrast, Estimate, Mode, Pool, Sweep, Transcript, Utterance

ReadTexts: TypeAlias = Callable[[Sequence[str]], list[TrialTexts]]
"""Texts of trials by their ids, in their order."""


class Speech(NamedTuple):
    """What was spoken: cells of one corpus and language can be set side by side."""

    corpus: str
    language: str

    @classmethod
    def of(cls, utterance: Utterance) -> Speech:
        return cls(utterance.corpus, utterance.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """A scored run in memory."""

    name: str
    description: str
    engines: tuple[str, ...]
    conditions: Mapping[str, Condition]
    """By id; the first is what others are compared with."""
    modes: tuple[Mode, ...]
    spec: RunSpec
    environment: Environment
    manifests: Mapping[str, Manifest]
    utterances: Mapping[str, Utterance]
    normalizer: NormalizerIdentity
    """Behind the scores."""
    second_opinion: SecondOpinion
    estimates: tuple[Estimate, ...]
    rows: ScoredColumns
    """By trial id, without their texts, and with the metrics alone that the page shows of single trials."""
    texts: ReadTexts
    calls: Calls
    """In the order of the rows."""
    planned: int
    """Trials of the plan; fewer rows: the run is not finished."""
    validity: Validity
    analysis: Analysis
    sensitivity: tuple[Sensitivity, ...]
    over_time: tuple[OverTime, ...]
    nodes: tuple[Node, ...]
    """Of a cluster."""
    node_latencies: tuple[NodeLatency, ...]
    transcripts: Mapping[str, Transcript]
    """Of the streams that can be replayed, by trial id."""
    targets: tuple[Target, ...]
    """What the config asked to be reached, judged when the run was scored."""
    clips: Clips
    """What can be heard."""
    clip_files: Mapping[str, bytes]
    """By their path in the run folder."""
    redacted: bool = False
    """Whether texts, sound and names were taken out of it."""
    _cells: dict[tuple[Cell, str], Estimate] = field(default_factory=dict, repr=False, init=False)
    _differences: dict[tuple[Cell, Cell, str], Estimate] = field(default_factory=dict, repr=False, init=False)
    _speakers: dict[Cell, dict[str, Estimate]] = field(default_factory=dict, repr=False, init=False)
    _contrasts: dict[str, list[Contrast]] = field(default_factory=dict, repr=False, init=False)
    pools: list[tuple[Pool, Estimate]] = field(default_factory=list, repr=False, init=False)
    """Estimates over corpora and languages."""
    sweeps: dict[Sweep, list[Estimate]] = field(default_factory=dict, repr=False, init=False)
    """Estimates of engines that differ in one number."""

    def __post_init__(self) -> None:
        for estimate in self.estimates:
            match estimate.scope:
                case Pool() as pool:
                    self.pools.append((pool, estimate))
                case Sweep() as sweep:
                    self.sweeps.setdefault(sweep, []).append(estimate)
                case Contrast() as contrast:
                    self._differences[contrast.of, contrast.minus, estimate.metric] = estimate
                    if estimate.metric == "wer.difference":
                        self._contrasts.setdefault(contrast.name, []).append(contrast)
                case Cluster() as cluster:
                    self._speakers.setdefault(cluster.cell, {})[cluster.cluster] = estimate
                case Cell() as cell:
                    self._cells[cell, estimate.metric] = estimate

    # -- look-ups -----------------------------------------------------------------------------

    @property
    def cells(self) -> list[Cell]:
        """In the order of the tables."""
        return list(dict.fromkeys(cell for cell, _ in self._cells))

    @property
    def cell_metrics(self) -> Iterable[tuple[Cell, str]]:
        """Every cell and metric that has an estimate."""
        return self._cells.keys()

    @property
    def speech(self) -> tuple[Speech, ...]:
        """Every corpus and language of the run."""
        return tuple(dict.fromkeys(Speech(cell.corpus, cell.language) for cell in self.cells))

    @property
    def base(self) -> str:
        """The condition that others are compared with."""
        return next(iter(self.conditions))

    def number(self, cell: Cell, metric: str) -> Estimate | None:
        """An estimate of a cell; `None`: there is none of that name."""
        return self._cells.get((cell, metric))

    def value(self, cell: Cell, metric: str) -> float | None:
        estimate = self.number(cell, metric)
        return None if estimate is None else estimate.value

    def count(self, cell: Cell, metric: str) -> int:
        """A count of a cell; none is 0."""
        return int(self.value(cell, metric) or 0)

    def difference(self, of: Cell, minus: Cell, metric: str = "wer") -> Estimate | None:
        """The paired difference `of` - `minus`, whichever way round it is stored; `None`: it was not asked for."""
        name = f"{metric}.difference"
        if (of, minus, name) in self._differences:
            return self._differences[of, minus, name]
        other = self._differences.get((minus, of, name))
        return None if other is None else _reversed(other)

    def contrasts(self, name: str) -> list[Contrast]:
        """The pairs of cells that a contrast of that name sets against each other."""
        return self._contrasts.get(name, [])

    def speakers(self, cell: Cell) -> Mapping[str, Estimate]:
        """WER of each speaker, where there are too few for an interval; else empty."""
        return self._speakers.get(cell, {})

    def is_invalid(self, mode: str) -> bool:
        """Whether latency of that mode is the harness's lateness."""
        return not self.validity.valid and mode in self.validity.judged

    def latency_metric(self, mode: Mode) -> str:
        return HEADLINE_LATENCY[mode]


def _reversed(estimate: Estimate) -> Estimate:
    def negative(value: float | None) -> float | None:
        return None if value is None else -value

    own = estimate.interval
    turned = replace(own, value=negative(own.value), low=negative(own.high), high=negative(own.low))
    return replace(estimate, interval=turned)


# -- reading ----------------------------------------------------------------------------------


def read(folder: RunFolder, estimates: Sequence[Estimate] | None = None) -> RunData:
    """Everything the page says.

    Raises:
        RunFolderError: if the run is not scored.
    """
    spec = folder.spec()
    texts, known = folder.texts(), folder.places()
    calls = texts.add_replies(known)
    scores = folder.columns(mappings=_SHOWN)
    config = spec.config
    engines = tuple(engine.id for engine in config.engines)
    streams = known[np.isin(known.ids, [row.trial_id.encode() for row in replayed(scores, engines)])]
    clips = folder.clips() or Clips()
    manifests = folder.manifests()
    return RunData(
        name=config.name,
        description=config.description,
        engines=engines,
        conditions={condition.id: condition for condition in spec.conditions},
        modes=tuple(mode for mode in config.modes if any(cell.mode == mode for cell in scores.cells)) or ("batch",),
        spec=spec,
        environment=folder.environment(),
        manifests=manifests,
        utterances={utterance.key: utterance for own in manifests.values() for utterance in own.utterances},
        normalizer=folder.scored_rules(),
        second_opinion=folder.second_opinion(),
        estimates=tuple(folder.estimates() if estimates is None else estimates),
        rows=scores,
        texts=texts.of,
        calls=calls,
        planned=folder.n_planned(),
        validity=folder.validity(),
        analysis=folder.analysis(),
        sensitivity=folder.sensitivity(),
        over_time=folder.over_time(),
        nodes=folder.nodes(),
        node_latencies=folder.node_latencies(),
        transcripts={
            result.trial_id: result.outcome for result in streams.results() if isinstance(result.outcome, Transcript)
        },
        targets=folder.read_value("targets.json", tuple[Target, ...])
        if (folder.path / "targets.json").is_file()
        else (),
        clips=clips,
        clip_files={path: content for path in _paths(clips) if (content := folder.clip(path)) is not None},
    )


_SHOWN = (
    "tallies",
    *(f"metrics.{name}" for name in dict.fromkeys((*HEADLINE_LATENCY.values(), "tail_lost", "tail_loss_words"))),
)
"""Of single trials, what the page shows."""


def _paths(clips: Clips) -> Iterator[str]:
    for own_clips in clips.utterances.values():
        yield from filter(None, (own_clips.recorded, *own_clips.sent.values()))


def latencies(rows: ScoredColumns) -> NDArray[np.float64]:
    """The headline latency of each trial's mode, in seconds; NaN: it has none."""
    latency = np.full(len(rows), np.nan)
    for mode, metric in HEADLINE_LATENCY.items():
        latency = np.where(rows.texts("mode").are(mode), rows.numbers(f"metrics.{metric}"), latency)
    return latency


def complete(rows: ScoredColumns) -> NDArray[np.bool_]:
    """Of each trial, whether its latency is that of a whole transcript."""
    whole: NDArray[np.bool_] = ~np.isnan(latencies(rows)) & (tails_lost(rows) == 0)
    return whole


def latency_of(trial: ScoredTrial) -> float | None:
    """The headline latency of the trial's mode, in seconds; `None`: it has none."""
    return trial.metrics.get(HEADLINE_LATENCY[trial.cell.mode])


def is_complete(trial: ScoredTrial) -> bool:
    """Whether its latency is that of a whole transcript."""
    return latency_of(trial) is not None and not tail_lost(trial)


# -- names ------------------------------------------------------------------------------------


def unit_word(data: RunData, language: str) -> str:
    """What errors are counted in: `words`, or `characters` in scripts without spaces."""
    unit = get_normalizer(data.normalizer.name).unit(language)
    return "characters" if unit == "char" else "words"


def speech_name(data: RunData, speech: Speech) -> str:
    """`Hindi`, or with its corpus where several have the language."""
    shared = sum(other.language == speech.language for other in data.speech) > 1
    name = language_name(speech.language)
    return f"{name} · {speech.corpus}" if shared else name
