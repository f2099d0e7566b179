"""Aligners: when each word of a reference was spoken, made once on the clean audio, for corpora that do not say."""

from collections.abc import Mapping
from typing import Any

from bench.aligners.base import Aligner
from bench.config import validated
from bench.registry import Registry

ALIGNERS = Registry(
    "aligner",
    {
        "pocketsphinx": "bench.aligners.pocketsphinx:PocketSphinxAligner",
        "recognizer": "bench.aligners.recognizer:RecognizerAligner",
    },
)


def make_aligner(name: str, settings: Mapping[str, Any]) -> Aligner:
    """An aligner, ready to be used.

    Raises:
        BenchError: if there is none of that name, its settings are wrong, or it cannot be used on this machine.
    """
    factory = ALIGNERS.load(name)
    aligner: Aligner = factory.create(checked_settings(name, settings, where=f"aligner {name}"))
    return aligner


def checked_settings(name: str, settings: Mapping[str, Any], *, where: str) -> Any:
    """An aligner's settings by its own model; `where` names their place in messages.

    Raises:
        BenchError: if there is no aligner of that name, or its settings are wrong.
    """
    model = ALIGNERS.load(name).Settings
    return validated(model, settings, where)
