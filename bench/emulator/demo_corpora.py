"""The corpora of those configs that come along and are answered by the emulator's scripts: made here, not fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bench.corpora.prepare import prepare
from bench.emulator import features_corpus, scripted_corpus, turns_corpus, two_reader_call
from bench.errors import UnknownNameError
from bench.files import CORPORA_ROOT


def _dialects(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scripted_corpus.make(folder, speakers=3, utterances=1, rate_hz=16_000, duration_s=2.4, also_at_hz=24_000)


def _features(folder: Path) -> None:
    features_corpus.make(folder)


def _two_speakers(folder: Path) -> None:
    two_reader_call.make(folder, prepare("quickstart-en", CORPORA_ROOT))


def _turns(folder: Path) -> None:
    turns_corpus.make(folder, prepare("quickstart-en", CORPORA_ROOT))


_MADE: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "dialects": ("reports/dialects/corpus", _dialects),
    "pulse-features": ("reports/features/corpus", _features),
    "studies/end-of-turn": ("reports/end-of-turn/corpus", _turns),
    "two-speakers": ("reports/two-speakers/corpus", _two_speakers),
}
"""Config -> the folder in which it looks for its corpus, and what makes that."""
NAMES = tuple(_MADE)


def write_corpus_for(config: str) -> Path:
    """Make the corpus of one of these configs where it looks for it; the path of the manifest.

    Raises:
        UnknownNameError: for another config.
    """
    if config not in _MADE:
        raise UnknownNameError("config", config, NAMES)
    folder, make = _MADE[config]
    make(Path(folder))
    return Path(folder) / "manifest.jsonl"


def config_of(manifest: str) -> str | None:
    """The config whose corpus has that manifest; `None`: it is nobody's here."""
    return next((name for name, (folder, _) in _MADE.items() if Path(manifest).parent == Path(folder)), None)
