"""`lock`: a sample of a prepared corpus as a small manifest to commit, from which any machine makes the same corpus.

A lock is a manifest. That of a corpus from a card names its audio without saying where it lies: `prepare` of it
prepares the card, then checks the audio and text of every locked utterance against it. That of own recordings names
them from where the lock lies: `prepare` finds them there, and checks that they are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bench.audio import sha256_file
from bench.corpora.manifest import Header, Manifest, load_manifest, relocated, resolve_audio, write_manifest
from bench.errors import ManifestError, Problem
from bench.types import Utterance

LOCK_SUFFIX = ".lock.jsonl"


def lock(manifest: Path, path: Path) -> Manifest:
    """Freeze the corpus of a manifest; returns it.

    Raises:
        ManifestError: as `write_lock`.
    """
    whole = load_manifest(manifest)
    write_lock(whole, path)
    return whole


def write_lock(manifest: Manifest, path: Path) -> None:
    """Freeze a prepared or sampled manifest.

    Raises:
        ManifestError: if it holds several corpora, or the name does not end in `.lock.jsonl`.
    """
    problems = []
    if not path.name.endswith(LOCK_SUFFIX):
        problems.append(Problem(str(path), f"a name that ends in {LOCK_SUFFIX}", repr(path.name)))
    if len({utterance.corpus for utterance in manifest.utterances}) != 1:
        problems.append(Problem(str(manifest.path), "utterances of one corpus", "several", "lock each by itself"))
    if problems:
        raise ManifestError(problems)
    is_own = manifest.header.card_sha256 is None
    old, new = manifest.path.parent, path.parent
    write_manifest(
        path,
        manifest.header,
        (relocated(utterance, old, new) if is_own else _portable(utterance) for utterance in manifest.utterances),
    )


def _portable(utterance: Utterance) -> Utterance:
    return replace(utterance, audio=Path(utterance.audio).name)


def unlock_own(lock: Manifest, folder: Path) -> Path:
    """Write folder/manifest.jsonl with the locked utterances over own recordings, found from where the lock lies.

    Raises:
        ManifestError: listing every recording that is missing or differs from the lock.
    """
    problems = [problem for problem in map(_own_difference, *zip(*_places(lock), strict=True)) if problem]
    if problems:
        raise ManifestError(problems)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.jsonl"
    header = replace(lock.header, card_sha256=lock_digest(lock.path))
    write_manifest(path, header, (relocated(utterance, lock.path.parent, folder) for utterance in lock.utterances))
    return path


def _places(lock: Manifest) -> Iterator[tuple[str, Path, str]]:
    """(place in the lock, where its recording is, its digest) of every utterance."""
    for line, wanted in enumerate(lock.utterances, start=2):
        yield f"{lock.path}:{line}", resolve_audio(lock.path.parent, wanted.audio), wanted.sha256


def _own_difference(where: str, recording: Path, digest: str) -> Problem | None:
    if not recording.is_file():
        advice = "put the recordings where they lay beside the lock"
        return Problem(where, f"the recording {recording}", "none", advice)
    got = sha256_file(recording)
    return None if got == digest else Problem(f"{where}: sha256", digest, got, "the audio has changed")


def unlock(lock: Manifest, whole: Manifest, folder: Path) -> Path:
    """Write folder/manifest.jsonl with the locked utterances over the audio of the prepared corpus.

    Raises:
        ManifestError: listing every utterance that is missing or differs from the lock.
    """
    known = {utterance.id: utterance for utterance in whole.utterances}
    problems = [*_differences(lock, whole.header, known)]
    if problems:
        raise ManifestError(problems)
    path = folder / "manifest.jsonl"
    base = Path("..") / whole.path.parent.name
    write_manifest(
        path,
        replace(lock.header, card_sha256=lock_digest(lock.path)),
        (replace(utterance, audio=(base / known[utterance.id].audio).as_posix()) for utterance in lock.utterances),
    )
    load_manifest(path)
    return path


def lock_digest(path: Path) -> str:
    """Digest of a lock's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _differences(lock: Manifest, header: Header, known: Mapping[str, Utterance]) -> list[Problem]:
    problems = []
    for line, wanted in enumerate(lock.utterances, start=2):
        where, here = f"{lock.path}:{line}", known.get(wanted.id)
        if here is None:
            advice = "the source no longer has it, or the card has changed since the lock"
            problems.append(Problem(where, f"{wanted.id!r} in the corpus {header.name}", "none", advice))
        elif here.sha256 != wanted.sha256:
            problems.append(Problem(f"{where}: sha256", wanted.sha256, here.sha256, "the audio has changed"))
        elif here.text != wanted.text:
            problems.append(Problem(f"{where}: text", repr(wanted.text), repr(here.text), "the reference has changed"))
    return problems
