"""Cards: one YAML file per corpus in `datasets/`, or anywhere by path. Data only; reads no audio, no network.

A card says what the corpus is, who may use it, how to cite it, and in `source` how to get it: a `kind` that
the registry of sources knows, and that kind's own keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bench.config import SpecModel, read_spec
from bench.errors import UnknownNameError
from bench.files import resource_dir

Access: TypeAlias = Literal["bundled", "open", "gated", "licensed", "local"]
"""bundled: inside a Python package; open: free to download; gated: free, after accepting terms with an account and a
token; licensed: to be bought or applied for; local: made on this machine."""


def _languages(codes: object) -> object:
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        advice = "; put quotes around no, or YAML reads it as false"
        raise PydanticCustomError("languages", "a list of BCP-47 codes", {"found": f"{codes!r}{advice}"})
    return codes


def _one_line(text: str) -> str:
    return " ".join(text.split())


Text = Annotated[str, AfterValidator(_one_line)]


class SourceFile(SpecModel):
    """How to get a corpus: a `kind` that the registry of sources knows, and that kind's own keys."""

    model_config = ConfigDict(extra="allow")

    kind: str


class CardFile(SpecModel):
    """A card as it is written."""

    summary: Text
    languages: Annotated[tuple[str, ...], BeforeValidator(_languages), Field(min_length=1)]
    licence: Text
    licence_source: Text = ""
    access: Access
    homepage: Text
    citation: Text
    source: SourceFile
    synthetic: bool = False
    notes: Text = ""
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSummary:
    """A line of `bench list corpora`."""

    name: str
    languages: tuple[str, ...]
    licence: str
    access: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One corpus and where it comes from."""

    name: str
    path: Path
    sha256: str
    """Of the card's bytes: a changed card is another corpus."""
    summary: str
    languages: tuple[str, ...]
    """BCP-47."""
    licence: str
    access: Access
    homepage: str
    citation: str
    source: Mapping[str, Any]
    licence_source: str = ""
    """Where the licence was read, and when; empty, or `verify` in it: read it yourself before use."""
    synthetic: bool = False
    notes: str = ""
    unverified: tuple[str, ...] = ()
    """Statements of this card that were written from memory, not checked against the source."""


def list_cards() -> tuple[CardSummary, ...]:
    """All cards that come with this installation, by name."""
    cards = (load_card(str(path)) for path in _card_paths().values())
    return tuple(
        CardSummary(
            name=card.name,
            languages=card.languages,
            licence=card.licence,
            access=card.access,
            summary=card.summary,
        )
        for card in cards
    )


def _card_paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(resource_dir("datasets").glob("*.yaml")) if _is_card(path)}


def _is_card(path: Path) -> bool:
    return path.stem not in _NOT_CARDS


_NOT_CARDS = {"languages-pulse"}
"""Tables that lie beside the cards."""


def load_card(name_or_path: str) -> Card:
    """A card by the name it has in `datasets/`, or by path (anything that ends in .yaml or .yml).

    `fleurs:hi` is the card fleurs with only its Hindi; it is a corpus of its own, with a digest of its own.

    Raises:
        UnknownNameError: for a name that no card has, or a language that the card has not.
        ConfigError: with everything that is wrong in the file.
    """
    base, colon, language = name_or_path.rpartition(":")
    if colon and not name_or_path.endswith((".yaml", ".yml")):
        return _only_language(load_card(base), language)
    if name_or_path.endswith((".yaml", ".yml")):
        return _read(Path(name_or_path))
    paths = _card_paths()
    if name_or_path not in paths:
        raise UnknownNameError("corpus", name_or_path, paths)
    return _read(paths[name_or_path])


def _only_language(card: Card, language: str) -> Card:
    if language not in card.languages:
        raise UnknownNameError(f"language of {card.name}", language, card.languages)
    digest = hashlib.sha256(f"{card.sha256}:{language}".encode()).hexdigest()
    return replace(card, name=f"{card.name}:{language}", languages=(language,), sha256=digest)


def _read(path: Path) -> Card:
    written = read_spec(path, CardFile, "a card (keys and values)")
    return Card(
        name=path.stem,
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        source=written.source.model_dump(),
        **{name: getattr(written, name) for name in CardFile.model_fields if name != "source"},
    )
