"""`bench list`: what can be named in a config."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bench.engines.base import About

Lines = Iterable[tuple[str, str]]


def _engines() -> Lines:
    from bench.engines import ENGINES

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
    from bench.aligners import ALIGNERS

    for name in ALIGNERS.names():
        factory = ALIGNERS.load(name)
        languages = ", ".join(factory.languages or ("any",))
        settings = ", ".join(factory.Settings.model_fields) or "none"
        about = (factory.__doc__ or "").partition("\n")[0]
        yield name, f"{about} Languages: {languages}; settings: {settings}"


def _corpora() -> Lines:
    from bench.corpora.cards import list_cards

    for card in list_cards():
        languages = ", ".join(card.languages)
        yield card.name, f"{card.summary} [{languages}; {card.licence}; access: {card.access}]"


def _conditions() -> Lines:
    from bench.conditions.chain import describe_steps
    from bench.conditions.presets import load_presets

    for step in describe_steps():
        params = "; ".join(f"{param.name} {param.range}" for param in step.params)
        yield step.name, f"{step.about} ({params}) e.g. {step.example}. Source: {step.source}"
    for name, preset in load_presets().items():
        about = preset.get("about", "") if isinstance(preset, dict) else ""
        yield name, f"preset. {about}".strip()


def _configs() -> Lines:
    """Run configs that come with the package, and what each is for: its `description`, else its first comment."""
    from bench.config.spec import parse_yaml
    from bench.files import resource_dir

    folder = resource_dir("configs")
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("studies/*.yaml"))):
        text = path.read_text(encoding="utf-8")
        content = parse_yaml(text, str(path))
        if "engines" in content:
            comments = (line for line in text.splitlines() if not line.startswith("# yaml-language-server"))
            about = content.get("description") or next(comments, "").lstrip("# ")
            yield path.relative_to(folder).with_suffix("").as_posix(), about


def _metrics() -> Lines:
    from bench.scoring.measures import INFORMATION_LOST, RATES
    from bench.scoring.timing.metrics import METRICS

    for name, rate in RATES.items():
        better = "lower" if rate.lower_is_better else "higher"
        yield (
            name,
            f"{rate.definition} [{rate.unit}; {better} is better; source: {rate.source}; version {rate.version}]",
        )
    yield "wil", f"{INFORMATION_LOST} [ratio]"
    for name, metric in METRICS.items():
        about = f"{metric.unit}; from: {metric.zero}; source: {metric.source}; version {metric.version}"
        yield name, f"{metric.definition.splitlines()[0]} [{about}]"


def _normalizers() -> Lines:
    from bench.scoring.text.normalize import PROFILES

    return PROFILES.items()


_KINDS: dict[str, Callable[[], Lines]] = {
    "aligners": _aligners,
    "configs": _configs,
    "engines": _engines,
    "corpora": _corpora,
    "conditions": _conditions,
    "metrics": _metrics,
    "normalizers": _normalizers,
}


@click.command("list")
@click.argument("kind", type=click.Choice(sorted(_KINDS)))
def list_command(kind: str) -> None:
    """Show names and what they stand for.

    \b
    bench list configs
    bench list engines
    bench list conditions
    """
    if not sys.stdout.isatty():
        for name, about in _KINDS[kind]():
            click.echo(f"{name}\t{about}")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, about in _KINDS[kind]():
        table.add_row(name, about)
    Console(highlight=False, markup=False).print(table)
