"""What was said: an utterance of a corpus, with its reference. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One timed word. `None` means the source did not say."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What one final covers."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of the reference's text that is something: a name, a card number, words in another language."""

    kind: str
    """What it is: `person`, `card_number`, `date` ...; of a passage of a language, its BCP-47 code."""
    text: str
    forms: tuple[str, ...] = ()
    """Other accepted ways of writing it."""
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is known of one stretch of speech. `text` is as published, never normalised; seconds are from its start."""

    text: str
    language: str
    """BCP-47."""
    cluster: str | None = None
    """Speaker or conversation, the unit of resampling; `None`: unknown, the utterance stands alone."""
    words: tuple[Word, ...] | None = None
    speech_start_s: float | None = None
    speech_end_s: float | None = None
    keywords: tuple[str, ...] = ()
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    """What was said by whom and when; of a conversation, all of it. They may overlap."""
    scored_s: tuple[tuple[float, float], ...] = ()
    """The parts of the audio in which `segments` are complete (a UEM); empty: all of it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What is true of the whole: emotion, age (years or a range), gender, language."""
    speaker_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same of single speakers of `segments`."""
    votes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Where listeners disagree: how many of them chose which label (`{"emotion": {"angry": 3, "sad": 2}}`)."""
    entities: tuple[Passage, ...] = ()
    """Names, dates, amounts ... that the text holds."""
    private: tuple[Passage, ...] = ()
    """What is to be redacted, in the order said."""
    languages: tuple[Passage, ...] = ()
    """Where languages mix: the whole text cut into passages of one language, in order."""
    turn_end_s: float | None = None
    """When the speaker had truly finished, which speech that goes on after a pause had not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(Reference):
    """One stretch of reference speech in a manifest."""

    id: str
    corpus: str
    audio: str
    """Path relative to the manifest's folder, or a URI."""
    sha256: str
    """Hex digest of the audio file's bytes."""
    sample_rate_hz: int
    num_samples: int

    @property
    def key(self) -> str:
        """`corpus/id`: its name among the utterances of a run, which `Trial.utterance_id` holds."""
        return f"{self.corpus}/{self.id}"

    @property
    def duration_s(self) -> float:
        return self.num_samples / self.sample_rate_hz
