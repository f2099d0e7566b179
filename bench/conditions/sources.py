"""Where steps' recordings come from, and whether what conditions need is there. An edge: it reads files.

The steps themselves are given `load` and `listing` of a `StepContext`, and touch no file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from bench import audio as audio_io
from bench.audio import Audio
from bench.conditions.chain import info
from bench.errors import AudioError, Problem
from bench.extras import MODULES
from bench.types import Condition

_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus"})
_AUDIO_KEYS = ("audio", "audio_filepath")
_CACHED_RECORDINGS = 32
_BEGINNING_BYTES = 65_536


def listing(name: str) -> tuple[str, ...]:
    """Paths of the recordings that a folder, a manifest (JSON Lines with `audio` or `audio_filepath`) or a file names.

    Raises:
        AudioError: if it names none.
    """
    path = Path(name)
    if path.is_dir():
        files = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
    elif path.suffix == ".jsonl" and path.is_file():
        files = sorted(_manifest_paths(path))
    else:
        files = [name] if path.is_file() else []
    if not files:
        raise AudioError(Problem(str(name), "a folder, a manifest or a file with recordings", "none"))
    return tuple(files)


def _manifest_paths(manifest: Path) -> Iterable[str]:
    for line in manifest.read_text(encoding="utf-8").splitlines():
        row = json.loads(line) if line.strip() else {}
        for key in _AUDIO_KEYS:
            if key in row:
                yield str(manifest.parent / row[key])


@lru_cache(maxsize=_CACHED_RECORDINGS)
def load(name: str) -> Audio:
    """A recording, mixed down; the last few are kept.

    Raises:
        AudioError: if it cannot be read.
    """
    return audio_io.read(Path(name))


def fingerprint(name: str) -> str:
    """Digest of the recordings that a name lists: names within it, sizes, and how each begins. Empty: none is there.

    Whole contents would be surer, but folders of noise hold gigabytes.
    """
    try:
        files = listing(name)
    except AudioError:
        return ""
    digest = hashlib.sha256()
    root = Path(name) if Path(name).is_dir() else Path(name).parent
    for known_file in map(Path, files):
        within = known_file.relative_to(root) if known_file.is_relative_to(root) else known_file
        digest.update(f"{within}\0".encode())
        if known_file.is_file():
            with known_file.open("rb") as file:
                digest.update(f"{known_file.stat().st_size}\0".encode() + file.read(_BEGINNING_BYTES))
    return digest.hexdigest()


def read_lines(name: str) -> Sequence[str]:
    """Lines of a term file; none where there is no such file, which `missing` reports."""
    path = Path(name)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()


def missing(conditions: Iterable[Condition], where: str = "conditions") -> tuple[Problem, ...]:
    """What conditions need and this machine lacks: extras, recordings, term files."""
    problems: dict[Problem, None] = {}
    for condition in conditions:
        for step in condition.steps:
            step_where = f"{where}: {condition.id}: {step.name}"
            extra = info(step.name).extra or ("codecs" if step.params.get("conceal") == "opus" else None)
            if extra is not None and find_spec(MODULES[extra][0]) is None:
                advice = f"run: pip install 'earwitness[{extra}]'"
                problems[Problem(step_where, f"{MODULES[extra][0]} to be installed", "nothing", advice)] = None
            if "path" in step.params:
                problems |= dict.fromkeys(_unlisted(str(step.params["path"]), f"{step_where}.path"))
        words = condition.request.keywords
        if isinstance(words, str) and words not in {"corpus", "utterance"} and not Path(words).is_file():
            step_where = f"{where}: {condition.id}: request.keywords"
            expected = "corpus, utterance, none, a list, or a file of terms"
            problems[Problem(step_where, expected, words, "paths start where bench is run")] = None
        if condition.request.encoding == "opus" and find_spec("av") is None:
            step_where = f"{where}: {condition.id}: request.encoding"
            problems[Problem(step_where, "av to be installed", "nothing", "run: pip install 'earwitness[codecs]'")] = (
                None
            )
    return tuple(problems)


def _unlisted(name: str, where: str) -> list[Problem]:
    try:
        listing(name)
    except AudioError:
        return [
            Problem(
                where, "a folder, a manifest or a file with recordings", str(name), "paths start where bench is run"
            )
        ]
    return []
