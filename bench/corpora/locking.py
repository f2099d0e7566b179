"""`lock`: a sample of a prepared corpus as a small manifest to commit, from which any machine makes the same corpus.

A lock is a manifest that names its audio without saying where it lies. `prepare` of a lock prepares the card its
utterances come from, then checks the audio and text of every locked utterance against it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.corpora.manifest import Header, Manifest, load_manifest, write_manifest
from bench.errors import ManifestError, Problem
from bench.types import Utterance

LOCK_SUFFIX = ".lock.jsonl"


def write_lock(manifest: Manifest, path: Path) -> None:
    """Freeze a prepared or sampled manifest.

    Raises:
        ManifestError: if it was not prepared from a card, or the name does not end in `.lock.jsonl`.
    """
    problems = []
    if manifest.header.card_sha256 is None:
        advice = "commit the manifest itself beside its audio, or write a card"
        problems.append(Problem(str(manifest.path), "a manifest prepared from a card", "an imported one", advice))
    if not path.name.endswith(LOCK_SUFFIX):
        problems.append(Problem(str(path), f"a name that ends in {LOCK_SUFFIX}", repr(path.name)))
    if len({utterance.corpus for utterance in manifest.utterances}) != 1:
        problems.append(Problem(str(manifest.path), "utterances of one corpus", "several", "lock each by itself"))
    if problems:
        raise ManifestError(problems)
    write_manifest(path, manifest.header, (_portable(utterance) for utterance in manifest.utterances))


def _portable(utterance: Utterance) -> Utterance:
    return replace(utterance, audio=Path(utterance.audio).name)


def unlock(lock: Manifest, whole: Manifest, folder: Path) -> Path:
    """Write folder/manifest.jsonl with the locked utterances over the audio of the prepared corpus.

    Raises:
        ManifestError: listing every utterance that is missing or differs from the lock.
    """
    found = {utterance.id: utterance for utterance in whole.utterances}
    problems = [*_differences(lock, whole.header, found)]
    if problems:
        raise ManifestError(problems)
    path = folder / "manifest.jsonl"
    base = Path("..") / whole.path.parent.name
    write_manifest(
        path,
        replace(lock.header, card_sha256=lock_digest(lock.path)),
        (replace(item, audio=(base / found[item.id].audio).as_posix()) for item in lock.utterances),
    )
    load_manifest(path)
    return path


def lock_digest(path: Path) -> str:
    """Digest of a lock's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _differences(lock: Manifest, header: Header, found: Mapping[str, Utterance]) -> list[Problem]:
    problems = []
    for line, wanted in enumerate(lock.utterances, start=2):
        where, here = f"{lock.path}:{line}", found.get(wanted.id)
        if here is None:
            advice = "the source no longer has it, or the card has changed since the lock"
            problems.append(Problem(where, f"{wanted.id!r} in the corpus {header.name}", "none", advice))
        elif here.sha256 != wanted.sha256:
            problems.append(Problem(f"{where}: sha256", wanted.sha256, here.sha256, "the audio has changed"))
        elif here.text != wanted.text:
            problems.append(Problem(f"{where}: text", repr(wanted.text), repr(here.text), "the reference has changed"))
    return problems
