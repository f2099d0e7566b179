"""What a run needs that is not installed: all of it at once, before the first call, with the line that installs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.audio import FFMPEG_SUFFIXES
from bench.conditions.chain import info
from bench.conditions.spec import parse_condition
from bench.config import EngineSpec, RunConfig
from bench.corpora.cards import load_card
from bench.errors import BenchError, MissingExtraError, UnknownNameError
from bench.extras import MODULES, is_installed
from bench.scoring.text.normalize import get_normalizer

_QUICKSTART = frozenset({"emulator", "moonshine", "pocketsphinx"})
_SOURCES = {"huggingface": "hf", "espeak": "synthesis"}


def require(config: RunConfig) -> None:
    """Import what the config's engines, conditions, text rules and corpora use.

    Raises:
        MissingExtraError: naming every extra that is missing, once.
    """
    missing: dict[str, str] = {}
    for extra, what in _needed(config):
        if extra not in missing and not is_installed(extra):
            missing[extra] = what
    for profile in (config.normalizer, *config.profiles):
        try:
            _ = get_normalizer(profile).content_hash  # loads the foreign code that a profile calls
        except UnknownNameError:
            continue  # the plan tells it, with whatever else is wrong
        except MissingExtraError as error:
            missing.update(dict.fromkeys(error.extras, f"normaliser {profile}"))
    _raise(missing)


def require_codecs(recordings: list[Path]) -> None:
    """Import what decodes the recordings.

    Raises:
        MissingExtraError: if it is missing.
    """
    foreign = next((path for path in recordings if path.suffix.lower() in FFMPEG_SUFFIXES), None)
    if foreign is not None and not is_installed("codecs"):
        _raise({"codecs": f"{foreign.name} and recordings like it"})


def _raise(missing: Mapping[str, str]) -> None:
    if not missing:
        return
    extras = ["quickstart"] if set(missing) == _QUICKSTART else sorted(missing)
    raise MissingExtraError(", ".join(dict.fromkeys(missing.values())), *extras)


def _needed(config: RunConfig) -> Iterator[tuple[str, str]]:
    """(extra, what needs it); with repeats."""
    for engine in config.engines:
        yield from ((extra, f"engine {engine.id}") for extra in _of_engine(engine))
    for condition in config.conditions:
        yield from _of_condition(condition)
    if config.executor in MODULES:
        yield config.executor, f"executor {config.executor}"
    if config.transliterate:
        yield "transliteration", "transliterate"
    if config.word_times is not None:
        for name in (config.word_times.aligner, config.word_times.settings.get("engine")):
            if name in MODULES:
                yield str(name), "word_times"
    for corpus in config.corpora:
        if not Path(corpus.source).is_file():
            yield from _of_card(corpus.source)


def _of_engine(engine: EngineSpec) -> Iterator[str]:
    names = [engine.engine]
    if engine.emulate is not None:
        yield "emulator"
        names = [engine.emulate.recognizer.partition(":")[0]]
    yield from (name for name in names if name in MODULES)


def _of_condition(given: Any) -> Iterator[tuple[str, str]]:
    try:
        parsed = parse_condition(given, seed=0, where="")
    except BenchError:
        return  # has its own message
    for condition in parsed:
        extras = [info(step.name).extra for step in condition.steps]
        if condition.request.encoding == "opus":
            extras.append("codecs")
        yield from ((extra, f"condition {condition.id}") for extra in extras if extra is not None and extra in MODULES)


def _of_card(name: str) -> Iterator[tuple[str, str]]:
    try:
        card = load_card(name.partition(":")[0])
    except BenchError:
        return  # has its own message
    extra = card.source.get("extra") or _SOURCES.get(str(card.source.get("kind")))
    if extra in MODULES:
        yield str(extra), f"corpus {card.name}"
