"""Which recordings a report plays, and where in the run folder they lie. Types only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

WriteClip: TypeAlias = Callable[[str, bytes], str]
"""Keeps a file of this name and content; returns its path relative to the run folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceClips:
    """What is heard of one utterance, cut short if it is long. Paths are relative to the run folder."""

    recorded: str | None = None
    """The recording as it is; `None`: it is not on this machine, or cannot be read."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """By condition, of those that change the audio: as the engines heard it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """`clips.json`: made after scoring, from the scores."""

    utterances: Mapping[str, UtteranceClips] = field(default_factory=dict)
    """By utterance key."""
    whole: bool = False
    """Whether every utterance of the run is among them."""
