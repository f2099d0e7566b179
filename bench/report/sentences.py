"""What a page says first: sentences with how sure they are, and beside them what cannot be said. Values only. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["good", "bad", "unsure", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One thing a page says."""

    tone: Tone
    """`unsure`: it holds for these utterances, or is not told apart from nothing."""
    head: str
    detail: str = ""
    section: str = ""
    """Id of the part of the page that shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Limits of one kind."""

    about: str
    """What cannot be known: `Other people's voices`."""
    texts: tuple[str, ...]
    grave: bool = False
    """Whether numbers on the page must not be believed at all."""


def limit(about: str, texts: Iterable[str], *, grave: bool = False) -> Limit | None:
    """Limits of one kind, each said once; `None`: there are none."""
    once = tuple(dict.fromkeys(texts))
    return Limit(about=about, texts=once, grave=grave) if once else None
