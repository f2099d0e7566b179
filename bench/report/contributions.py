"""Run folders as what they bring to a leaderboard. Reads; computes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bench.comparison.evidence import evidence
from bench.leaderboard.merge import Contribution
from bench.report.redaction import run_name
from bench.report.run.limits import corpus_warnings
from bench.store import RunFolder


def contributions(folders: Sequence[RunFolder], *, redact: bool = False) -> list[Contribution]:
    """What each scored run brings, under the name of its folder, or redacted under its number.

    Raises:
        RunFolderError: if one is not scored, or was by a version that did not say how.
    """
    return [contribution(folder, name=name) for folder, name in zip(folders, _names(folders, redact), strict=True)]


def _names(folders: Sequence[RunFolder], redact: bool) -> Iterator[str]:
    """Each once: two folders of one name are told apart by a number."""
    taken: set[str] = set()
    for number, folder in enumerate(folders, start=1):
        name = run_name(number) if redact else folder.path.resolve().name
        again = 1
        while (shown := name if again == 1 else f"{name} ({again})") in taken:
            again += 1
        taken.add(shown)
        yield shown


def contribution(folder: RunFolder, *, name: str | None = None) -> Contribution:
    """What a scored run brings to a leaderboard. `name`: `None`: that of its folder.

    Raises:
        RunFolderError: if it is not scored, or was by a version that did not say how.
    """
    known = evidence(folder)
    manifests = folder.manifests().values()
    utterances = [utterance for manifest in manifests for utterance in manifest.utterances]
    environment = folder.environment()
    engines = folder.spec().engines
    return Contribution(
        name=name or folder.path.resolve().name,
        rows=known.sample.rows,
        facts=known.sample.facts,
        digests=known.digests,
        engines={engine: _digest(asdict(about)) for engine, about in engines.items()},
        metrics=known.metrics,
        measures=known.measures,
        references={utterance.key: utterance.text for utterance in utterances},
        tags={utterance.key: utterance.tags for utterance in utterances if utterance.tags},
        started_at=environment.started_at,
        cautions=(*known.doubts, *corpus_warnings(manifests)),
        latency_valid=folder.validity().valid,
    )


def _digest(about: object) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()[:12]
