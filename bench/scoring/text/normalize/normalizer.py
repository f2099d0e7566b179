"""`get_normalizer(profile)`: the public face of the package. Pure, apart from remembering what it has done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import regex

from bench.errors import UnknownNameError
from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.characters import by_word
from bench.scoring.text.normalize.pipeline import Chain, Pipeline, compile_pipeline, own_chain, said_words
from bench.scoring.text.normalize.ports import PORTS

PROFILES: Mapping[str, str] = {name: spec["description"] for name, spec in data.profiles().items()}
"""Profile name -> one-line description."""

_clusters = by_word(regex.compile(r"\X").findall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalizer:
    """One profile. Applied identically to reference and hypothesis."""

    name: str
    version: int

    @property
    def id(self) -> str:
        """`name@version`, what a score carries."""
        return f"{self.name}@{self.version}"

    @property
    def content_hash(self) -> str:
        """Hex SHA-256 of the profile and of every rule and table (or the foreign code's version) behind it."""
        return _content_hash(self.name)

    def __call__(self, text: str, language: str) -> str:
        """The normalised text, words separated by single spaces; `language` is a BCP-47 tag or `multi`."""
        return _normalize(self.name, data.resolve(language), text)

    def words(self, text: str, language: str) -> list[str]:
        """What WER counts: space-separated words; in scripts without spaces, grapheme clusters."""
        normalized = self(text, language)
        return mixed_units(normalized) if self.unit(language) == "char" else normalized.split()

    def said(self, text: str, language: str) -> list[Sequence[str]]:
        """For each of `words` the words it was read from: a number's as they were said, else the word itself.

        Where words are not to be told apart so (scripts without spaces, text of several scripts, profiles of others'
        rules), each is itself.
        """
        words = self.words(text, language)
        code = data.resolve(language)
        own = None if self.unit(language) == "char" else _own_chain(self.name, code)
        said = said_words(own, text, words) if own is not None else []
        return said if len(said) == len(words) else [(word,) for word in words]

    def chars(self, text: str, language: str) -> list[str]:
        """What CER counts: extended grapheme clusters (UAX #29), spaces left out."""
        return clusters(self(text, language))

    def accepts_compounds(self, language: str) -> bool:
        """Whether neighbouring words may be written as one, and one as two, in a language that builds compounds."""
        accepted: bool = data.profiles()[self.name].get("compounds", False)
        return accepted and data.rules(data.resolve(language)).get("compounds", False)

    def unit(self, language: str) -> str:
        """`char` where the headline is the character error rate, else `word`."""
        unit: str = data.rules(data.resolve(language)).get("unit", "word")
        return unit


def get_normalizer(profile: str) -> Normalizer:
    """The normaliser of that name.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    known = data.profiles()
    if profile not in known:
        raise UnknownNameError("normalizer", profile, known)
    return Normalizer(name=profile, version=known[profile]["version"])


def clusters(text: str) -> list[str]:
    """Grapheme clusters of a normalised text, without spaces; none reaches over a space.

    Where the space is taken out first, a virama at the end of a word joins the next word's consonant (GB9c).
    """
    if text.isascii():
        return list(text.replace(" ", ""))
    return _clusters(text)


_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々〆"
_MIXED = regex.compile(rf"(?=[{_UNSPACED}])\X|(?:(?![{_UNSPACED}])\S)+")


def mixed_units(text: str) -> list[str]:
    """Grapheme clusters of scripts written without spaces, whole words of the others."""
    return _MIXED.findall(text)


@cache
def _content_hash(profile: str) -> str:
    spec = data.profiles()[profile]
    behind = PORTS[spec["port"]]()[1] if "port" in spec else data.digest()
    return hashlib.sha256(f"{profile}\0{json.dumps(spec, sort_keys=True)}\0{behind}".encode()).hexdigest()


def _own_chain(profile: str, language: str) -> Chain | None:
    return None if "port" in data.profiles()[profile] else _chain(profile, language)


@cache
def _chain(profile: str, language: str) -> Chain:
    return own_chain(data.profiles()[profile], language)


@cache
def _pipeline(profile: str, language: str) -> Pipeline:
    spec = data.profiles()[profile]
    return PORTS[spec["port"]]()[0] if "port" in spec else compile_pipeline(spec, language, partial(_chain, profile))


@lru_cache(maxsize=1 << 17)
def _normalize(profile: str, language: str, text: str) -> str:
    return _pipeline(profile, language)(text)
