"""Normalisers of other projects, so that published numbers can be reproduced.

The project's own code runs, and its version is part of the content hash; the leaderboard's, which no package carries,
runs from a checkout, and a fixed version of its rules is `open_asr_leaderboard`. They are not recommended; what they do
to Indic text is in `docs/normalization.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from bench.errors import MissingExtraError, Problem, UsageError
from bench.scoring.text.normalize.open_asr_leaderboard import LeaderboardNormalizer, declared_differences

Port = Callable[[str], str]


def whisper_english() -> tuple[Port, str]:
    """`EnglishTextNormalizer` of the package `whisper-normalizer`, and its version."""
    return _whisper("english").EnglishTextNormalizer(), _whisper_version()


def whisper_basic() -> tuple[Port, str]:
    """`BasicTextNormalizer` of the package `whisper-normalizer` with its defaults, and its version."""
    return _whisper("basic").BasicTextNormalizer(), _whisper_version()


def open_asr_leaderboard() -> tuple[Port, str]:
    """The leaderboard's English rules of a fixed version; the package they are made from, and what differs from it."""
    port = LeaderboardNormalizer(_whisper("english"), _whisper("basic"))
    return port, f"{_whisper_version()}\0{declared_differences()}"


def open_asr_leaderboard_checkout() -> tuple[Port, str]:
    """`EnglishTextNormalizer` of a checkout of huggingface/open_asr_leaderboard, and a digest of its source.

    Raises:
        UsageError: no such checkout is on the import path.
    """
    try:
        module = import_module("normalizer.normalizer")
    except ImportError as error:
        raise UsageError(
            Problem(
                "normalizer 'open-asr-leaderboard-checkout'",
                "the leaderboard's folder `normalizer/` on the import path",
                str(error),
                "clone https://github.com/huggingface/open_asr_leaderboard and set PYTHONPATH to the clone, or use "
                "'open-asr-leaderboard', which needs none",
            )
        ) from error
    return module.EnglishTextNormalizer(), _source_digest(module)


PORTS: Mapping[str, Callable[[], tuple[Port, str]]] = {
    "whisper_english": whisper_english,
    "whisper_basic": whisper_basic,
    "open_asr_leaderboard": open_asr_leaderboard,
    "open_asr_leaderboard_checkout": open_asr_leaderboard_checkout,
}


def _whisper(name: str) -> ModuleType:
    try:
        return import_module(f"whisper_normalizer.{name}")
    except ImportError as error:
        raise MissingExtraError("whisper-normalizer", "normalizers") from error


def _whisper_version() -> str:
    return f"whisper-normalizer {version('whisper-normalizer')}"


def _source_digest(module: ModuleType) -> str:
    """Over every Python file beside the module, sorted by name."""
    sha = hashlib.sha256()
    for path in sorted(Path(module.__file__ or "").parent.glob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()
