"""Which recordings a report plays, and where in the run folder they lie. Types only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

WriteClip: TypeAlias = Callable[[str, bytes], str]
"""Keeps a file of this name and content; returns its path relative to the run folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleClips:
    """What is heard of one trial. Paths are relative to the run folder."""

    trial_id: str
    clean: str | None = None
    """The recording; `None`: it is not on this machine, or cannot be read."""
    sent: str | None = None
    """As the engine heard it; `None`: as the clean one, or it cannot be made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningClips:
    """One utterance under every condition, cut short if it is long."""

    utterance: str
    clean: str
    conditions: tuple[tuple[str, str], ...]
    """Condition, and the path of what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """`clips.json`: made after scoring, from the scores."""

    examples: tuple[ExampleClips, ...] = ()
    """The trials to look at, worst first."""
    listening: ListeningClips | None = None
    """`None`: nothing was done to the audio, or it is not on this machine."""
