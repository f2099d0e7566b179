"""Everything that can be named in a config, and what it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from bench.aligners import ALIGNERS
from bench.conditions.chain import describe_steps
from bench.conditions.presets import load_presets
from bench.config.spec import parse_yaml
from bench.corpora.cards import list_cards
from bench.engines import ENGINES
from bench.engines.base import About
from bench.errors import UnknownNameError
from bench.files import resource_dir
from bench.scoring.definitions import definitions
from bench.scoring.text.normalize import PROFILES

Lines: TypeAlias = Iterable[tuple[str, str]]
"""Names, and what they stand for."""


def _engines() -> Lines:
    for name in ENGINES.names():
        try:
            factory = ENGINES.load(name)
            settings = factory.Settings.model_fields
        except ImportError as error:
            yield name, f"cannot be loaded: {error}"
        else:
            about = getattr(factory, "about", None)
            told = _about_engine(about, settings) if about is not None else ""
            yield name, f"{told}settings: {', '.join(settings)}"


def _about_engine(about: About, settings: Mapping[str, Any]) -> str:
    """Modes, key, what it accepts, and how far it is proven."""
    parts = [about.title]
    for mode in about.modes:
        accepts = about.accepts.get(mode)
        rates = "any rate" if accepts is None or not accepts.rates_hz else f"{', '.join(map(str, accepts.rates_hz))} Hz"
        encodings = ", ".join((accepts.encodings if accepts else None) or ("any encoding",))
        longest = f", up to {accepts.max_s:g} s" if accepts is not None and accepts.max_s else ""
        parts.append(f"{mode}: {encodings}; {rates}{longest}")
    key = settings["api_key_env"].default if "api_key_env" in settings else None
    parts.append(f"key: {key or 'none'}")
    parts.append(f"proven: {about.proof or 'not said'}")
    return " | ".join(parts) + " | "


def _aligners() -> Lines:
    for name in ALIGNERS.names():
        factory = ALIGNERS.load(name)
        languages = ", ".join(factory.languages or ("any",))
        settings = ", ".join(factory.Settings.model_fields) or "none"
        about = (factory.__doc__ or "").partition("\n")[0]
        yield name, f"{about} Languages: {languages}; settings: {settings}"


def _corpora() -> Lines:
    for card in list_cards():
        languages = ", ".join(card.languages)
        yield card.name, f"{card.summary} [{languages}; {card.licence}; access: {card.access}]"


def _conditions() -> Lines:
    for step in describe_steps():
        params = "; ".join(f"{param.name} {param.range}" for param in step.params)
        yield step.name, f"{step.about} ({params}) e.g. {step.example}. Source: {step.source}"
    for name, preset in load_presets().items():
        about = preset.get("about", "") if isinstance(preset, dict) else ""
        yield name, f"preset. {about}".strip()


def _configs() -> Lines:
    """Run configs that come with the package, and what each is for: its `description`, else its first comment."""
    folder = resource_dir("configs")
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("studies/*.yaml"))):
        text = path.read_text(encoding="utf-8")
        content = parse_yaml(text, str(path))
        if "engines" in content:
            comments = (line for line in text.splitlines() if not line.startswith("# yaml-language-server"))
            about = content.get("description") or next(comments, "").lstrip("# ")
            yield path.relative_to(folder).with_suffix("").as_posix(), about


def _metrics() -> Lines:
    for metric in definitions():
        zero = f"from: {metric.zero}; " if metric.zero else ""
        about = f"{metric.better} is better; {zero}source: {metric.source}; version {metric.version}"
        yield metric.name, f"{metric.definition} [{metric.unit}; {about}]"


def _normalizers() -> Lines:
    return PROFILES.items()


KINDS: dict[str, tuple[str, Callable[[], Lines]]] = {
    "aligners": ("what sets the times of words", _aligners),
    "conditions": ("what can happen to the audio and to the request: steps and presets", _conditions),
    "configs": ("run configs that come along: bench run NAME", _configs),
    "corpora": ("cards of corpora: bench prepare NAME", _corpora),
    "engines": ("systems that can be tested, and their settings", _engines),
    "metrics": ("what is measured, from where to where", _metrics),
    "normalizers": ("text rules", _normalizers),
}


def catalogue(kind: str | None) -> Lines:
    """What is of a kind; `None`: the kinds.

    Raises:
        UnknownNameError: for a kind that there is not.
    """
    if kind is None:
        return [(name, about) for name, (about, _) in KINDS.items()]
    if kind not in KINDS:
        raise UnknownNameError("list", kind, sorted(KINDS))
    return KINDS[kind][1]()
