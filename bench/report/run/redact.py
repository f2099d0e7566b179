"""A run without what was said and by whom, so that its report can leave the company. Pure.

Numbers, counts and the names of engines, conditions and corpora stay; texts, sound, ids, speakers, tags, messages of
failures and terms go.
"""

from __future__ import annotations

from dataclasses import replace

from bench.report.run.data import RunData
from bench.scoring.cells import ScoredTrial
from bench.scoring.errors.analysis import Analysis, CellAnalysis
from bench.store.clips import Clips
from bench.types import Cluster, Estimate, Utterance

REMOVED = "redacted"


def redacted(data: RunData) -> RunData:
    """The same numbers; utterances and speakers are only numbered."""
    keys = {key: f"{u.corpus}/u{k:05}" for k, (key, u) in enumerate(sorted(data.utterances.items()), start=1)}
    names = sorted({trial.cluster for trial in data.rows} | {u.cluster for u in data.utterances.values() if u.cluster})
    speakers = {name: f"s{k:04}" for k, name in enumerate(names, start=1)}
    return replace(
        data,
        description="",
        utterances={keys[key]: _utterance(u, keys[key], speakers) for key, u in data.utterances.items()},
        rows=tuple(_trial(trial, keys, speakers) for trial in data.rows),
        estimates=tuple(_estimate(estimate, speakers) for estimate in data.estimates),
        analysis=Analysis(cells=tuple(map(_cell, data.analysis.cells)), suspects=()),
        sensitivity=tuple(replace(one, utterance_flips=()) for one in data.sensitivity),
        results={},
        clips=Clips(),
        clip_files={},
        spec=replace(data.spec, terms={}, manifests={}),
    )


def _utterance(utterance: Utterance, key: str, speakers: dict[str, str]) -> Utterance:
    return replace(
        utterance,
        id=key.partition("/")[2],
        audio="",
        sha256="",
        text="",
        cluster=None if utterance.cluster is None else speakers[utterance.cluster],
        words=None,
        keywords=(),
        alternatives={},
        tags={},
    )


def _trial(trial: ScoredTrial, keys: dict[str, str], speakers: dict[str, str]) -> ScoredTrial:
    """A word stands as `·`, so that the alignment can still be seen."""
    reference = " ".join("·" for _ in trial.reference.split())
    heard = None if trial.hypothesis is None else " ".join("·" for _ in trial.hypothesis.split())
    return replace(
        trial,
        utterance_id=keys[trial.utterance_id],
        cluster=speakers[trial.cluster],
        reference=reference,
        hypothesis=heard,
        failure=REMOVED if trial.failure else None,
        tags={},
    )


def _estimate(estimate: Estimate, speakers: dict[str, str]) -> Estimate:
    scope = estimate.scope
    if isinstance(scope, Cluster):
        return replace(estimate, scope=replace(scope, cluster=speakers.get(scope.cluster, REMOVED)))
    return estimate


def _cell(cell: CellAnalysis) -> CellAnalysis:
    return replace(cell, substitutions=(), deletions=(), insertions=(), confusions=())
