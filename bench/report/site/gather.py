"""What a site is made of, gathered once from run folders and their leaderboards. Reads; computes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.leaderboard.build import Options, build
from bench.leaderboard.groups import TAGS
from bench.leaderboard.hearing import errors_to_hear, may_be_heard
from bench.leaderboard.merge import Contribution
from bench.leaderboard.values import Board, Leaderboard
from bench.report.contributions import contributions
from bench.report.names import language_name
from bench.scoring.cells import ScoredTrial, of_unknown_speakers
from bench.scoring.columns import ScoredColumns
from bench.scoring.text.normalize import get_normalizer
from bench.store import RunFolder
from bench.store.spec import EngineIdentity, NormalizerIdentity

ERRORS = 20
"""Errors to hear of each language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInRun:
    """One engine as one run measured it."""

    id: str
    run: str
    about: EngineIdentity
    versions: tuple[str, ...]
    """As the engine said; empty: it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRun:
    """A run that went in."""

    name: str
    """Of its folder; redacted: its number."""
    slug: str
    started_at: str
    made_by: str
    """The version of earwitness."""
    engines: tuple[EngineInRun, ...]
    invalid: tuple[str, ...]
    """Why its latency must not be believed; empty: it may be."""
    cautions: tuple[str, ...]
    corpora: Mapping[str, str]
    """Name -> licence."""
    unknown: Mapping[str, str]
    """Language -> what must be said of intervals where speakers are not known."""
    folder: RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class AudibleError:
    """An error that is shown, and played where there is a recording."""

    trial: ScoredTrial
    run: str
    clip: str | None
    """File name in the site's audio folder; `None`: there is no recording."""
    as_sent: bool
    """Whether the clip is what the engine heard, and not the recording as it was made."""
    sound: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteData:
    """Everything a site says."""

    runs: tuple[SiteRun, ...]
    tables: Mapping[str, Leaderboard]
    """By what errors are counted in, `words` or `characters`: the two are never in one ranking."""
    units: Mapping[str, str]
    """Language -> `words` or `characters`."""
    conditions: tuple[str, ...]
    """In the order of the runs' configs; the first is the one that pages begin with."""
    heard: Mapping[str, tuple[AudibleError, ...]]
    """By language; redacted: empty."""
    normalizer: NormalizerIdentity
    redacted: bool

    @property
    def boards(self) -> list[Board]:
        """Languages by name; batch first, conditions in order."""
        every = [board for table in self.tables.values() for board in table.boards]
        return sorted(every, key=self._order)

    def _order(self, board: Board) -> tuple[object, ...]:
        condition = self.conditions.index(board.condition)
        return language_name(board.language), board.mode, condition, board.subset

    @property
    def languages(self) -> list[str]:
        """Codes, by name."""
        return list(dict.fromkeys(board.language for board in self.boards))

    @property
    def engines(self) -> list[str]:
        """Ids, in the order of the runs."""
        return list(dict.fromkeys(engine.id for run in self.runs for engine in run.engines))

    def boards_of(self, language: str) -> list[Board]:
        return [board for board in self.boards if board.language == language]

    def measured(self, engine: str) -> list[EngineInRun]:
        """That engine in each run."""
        return [own for run in self.runs for own in run.engines if own.id == engine]

    def run(self, name: str) -> SiteRun:
        return next(run for run in self.runs if run.name == name)


def slug(name: str) -> str:
    """A file name for any name: letters, digits and hyphens, and a digest where more was in it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    if plain and plain == name:
        return plain
    return f"{plain or 'x'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def gather(folders: Sequence[RunFolder], *, redact: bool = False) -> SiteData:
    """Read scored runs, and rank their engines.

    Raises:
        ConfigError: with every reason why they cannot be compared.
        RunFolderError: if one is not scored.
    """
    brought = contributions(folders, redact=redact)
    rules = folders[0].scored_rules()
    languages = {cell.language for run in brought for cell in run.trials.cells}
    units = {language: _unit(rules, language) for language in languages}
    runs = tuple(_run(folder, brought[k], units) for k, folder in enumerate(folders))
    return SiteData(
        runs=runs,
        tables=_tables(brought, units, by=() if redact else TAGS),
        units=units,
        conditions=tuple(dict.fromkeys(id for folder in folders for id in folder.conditions())),
        heard={} if redact else _heard(runs, brought, sorted(units)),
        normalizer=rules,
        redacted=redact,
    )


def _unit(rules: NormalizerIdentity, language: str) -> str:
    return "characters" if get_normalizer(rules.name).unit(language) == "char" else "words"


def _tables(
    brought: Sequence[Contribution], units: Mapping[str, str], *, by: tuple[str, ...]
) -> dict[str, Leaderboard]:
    """A leaderboard for each unit; `wer` counts what the text rules count, words or characters."""
    tables = {}
    for unit in sorted(set(units.values()), reverse=True):
        languages = tuple(sorted(language for language, own in units.items() if own == unit))
        tables[unit] = build(brought, Options(metric="wer", languages=languages, by=by))
    return tables


def _run(folder: RunFolder, brought: Contribution, units: Mapping[str, str]) -> SiteRun:
    environment, validity = folder.environment(), folder.validity()
    used, trials = brought.measured, brought.trials
    versions = _versions(folder, trials)
    unknown = {language: said for language in units if (said := _of_unknown_speakers(trials, language)) is not None}
    return SiteRun(
        name=brought.name,
        slug=slug(brought.name),
        started_at=environment.started_at,
        made_by=environment.earwitness or "not known",
        engines=tuple(
            EngineInRun(id=id, run=brought.name, about=about, versions=versions.get(id, ()))
            for id, about in folder.spec().engines.items()
            if id in used
        ),
        invalid=validity.reasons,
        cautions=brought.cautions,
        corpora={name: manifest.header.licence for name, manifest in folder.manifests().items()},
        unknown=unknown,
        folder=folder,
    )


def _versions(folder: RunFolder, trials: ScoredColumns) -> dict[str, tuple[str, ...]]:
    """What each engine said its version is."""
    places, engines = folder.places(), trials.texts("engine")
    ids = {engine: trials.trial_ids[engines.are(engine)] for engine in engines.used()}
    said = {engine: places[np.isin(places.ids, own)].engine_versions() for engine, own in ids.items()}
    return {engine: tuple(sorted(versions)) for engine, versions in said.items()}


def _of_unknown_speakers(trials: ScoredColumns, language: str) -> str | None:
    own = trials.by_cell()
    return of_unknown_speakers(trial for cell in own if cell.language == language for trial in own[cell])


# -- errors to hear ---------------------------------------------------------------------------


def _heard(
    runs: Sequence[SiteRun], brought: Sequence[Contribution], languages: Iterable[str]
) -> dict[str, tuple[AudibleError, ...]]:
    """Of each language, over all runs, under the first condition of each."""
    clips = (run.folder.clips() for run in runs)
    audible = {key for known in clips if known for key, own in known.utterances.items() if own.recorded}
    chosen = {language: _chosen(runs, brought, language, audible) for language in languages}
    texts = [
        _with_texts(run.folder, [trial for own in chosen.values() for of, trial in own if of is run]) for run in runs
    ]
    text_of = {run.name: own for run, own in zip(runs, texts, strict=True)}
    return {
        language: tuple(_with_clip(text_of[run.name][trial.trial_id], run) for run, trial in own)
        for language, own in chosen.items()
    }


def _chosen(
    runs: Sequence[SiteRun], brought: Sequence[Contribution], language: str, audible: Collection[str]
) -> list[tuple[SiteRun, ScoredTrial]]:
    """Without texts."""
    rows: list[tuple[SiteRun, ScoredTrial]] = []
    for run, own in zip(runs, brought, strict=True):
        first = next(iter(run.folder.conditions()))
        marked = own.trials.texts("language").are(language) & own.trials.texts("condition").are(first)
        few = may_be_heard(own.trials.taken(marked), audible, number=ERRORS)
        rows += ((run, trial) for trial in few)
    run_of = {id(trial): run for run, trial in rows}
    return [(run_of[id(t)], t) for t in errors_to_hear((t for _, t in rows), audible, number=ERRORS)]


def _with_texts(folder: RunFolder, trials: Sequence[ScoredTrial]) -> dict[str, ScoredTrial]:
    """By trial id."""
    ids = [trial.trial_id for trial in trials]
    return {trial.trial_id: trial for trial in folder.scores_of(trial_ids=ids, mappings=())}


def _with_clip(trial: ScoredTrial, run: SiteRun) -> AudibleError:
    known = run.folder.clips()
    own_clips = None if known is None else known.utterances.get(trial.utterance_id)
    sent = None if own_clips is None else own_clips.sent.get(trial.cell.condition)
    path = sent or (None if own_clips is None else own_clips.recorded)
    sound = None if path is None else run.folder.clip(path)
    if sound is None or not sound.startswith(b"OggS"):
        return AudibleError(trial=trial, run=run.name, clip=None, as_sent=False, sound=None)
    name = f"{hashlib.sha256(sound).hexdigest()[:16]}.opus"
    return AudibleError(trial=trial, run=run.name, clip=name, as_sent=sent is not None, sound=sound)
