"""digests.json: what a run's numbers were made from and are, file by file, and how they were made.

It lets anyone see that a file is not the one that was scored. It proves nothing about who made it: whoever scores a
run again writes it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.store.spec import NormalizerIdentity

SCHEMA = "earwitness.digests/1"
DIGESTS_FILE = "digests.json"
INPUTS = (
    "config.yaml",
    "resolved.json",
    "environment.json",
    "trials.jsonl",
    "manifests/*",
    "results/*",
    "watch/*",
    "nodes/*",
)
"""What scoring reads."""
MADE = (
    "scores.parquet",
    "estimates.json",
    "estimates.parquet",
    "validity.json",
    "targets.json",
    "analysis.json",
    "over_time.json",
    "node_latency.json",
    "sensitivity.json",
)
"""What scoring writes; the last three only where there is something to say."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBy:
    """How a run was scored, as far as its config does not say."""

    normalizer: str
    """Its id with its version."""
    normalizer_hash: str
    profiles: tuple[str, ...]
    transliterate: bool
    versions: Mapping[str, str | None]
    """Of earwitness, Python and what scoring is built on."""

    @property
    def rules(self) -> NormalizerIdentity:
        return NormalizerIdentity(id=self.normalizer, hash=self.normalizer_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 in hex by path relative to the run folder."""

    scored_by: ScoredBy
    inputs: Mapping[str, str]
    made: Mapping[str, str]
    schema: str = SCHEMA


def digests_of(folder: Path, patterns: Sequence[str]) -> dict[str, str]:
    """Of the files that are there, by their path in the folder."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in matching(folder, patterns)}


def matching(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    """The files of those patterns, sorted within each; what begins with a dot is being written, and is no file yet."""
    for pattern in patterns:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha.update(block)
    return sha.hexdigest()
