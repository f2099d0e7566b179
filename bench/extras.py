"""The optional parts of an installation, and what is imported of each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

MODULES: Mapping[str, tuple[str, ...]] = {
    "emulator": ("starlette", "uvicorn"),
    "moonshine": ("moonshine_voice",),
    "pocketsphinx": ("pocketsphinx",),
    "whisper": ("faster_whisper",),
    "vosk": ("vosk",),
    "sherpa": ("sherpa_onnx",),
    "codecs": ("av",),
    "record": ("sounddevice",),
    "rooms": ("pyroomacoustics",),
    "librosa": ("librosa",),
    "augment": ("audiomentations",),
    "hf": ("datasets", "huggingface_hub"),
    "synthesis": ("espeakng_loader",),
    "history": ("duckdb",),
    "terms": ("wordfreq",),
    "langid": ("py3langid",),
    "normalizers": ("whisper_normalizer",),
    "transliteration": ("indic_transliteration",),
    "speakers": ("meeteval",),
    "ray": ("ray",),
    "cloud": ("fsspec", "s3fs"),
}
"""Extra -> what is imported of it."""


def is_installed(extra: str) -> bool:
    """Whether all of an extra can be imported; it is, then."""
    try:
        for name in MODULES[extra]:
            import_module(name)
    except ImportError:
        return False
    return True


def extra_of(module: str) -> str | None:
    """The extra that brings a module, or the package it is in; `None`: none does."""
    package = module.partition(".")[0]
    return next((extra for extra, names in MODULES.items() if package in names), None)
