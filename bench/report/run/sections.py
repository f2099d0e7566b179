"""The sections of a run's page, in their order. A section more is a line more in `SECTIONS`, and the function it names.

`draw` names what draws a section in the page (static/run.js); `pivots` draws any number of tables, so that a section of
tables needs no line of script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.report.run import beyond, pivots
from bench.report.run.data import RunData
from bench.report.run.numbers import P95_NEEDS, Places

Content: TypeAlias = Mapping[str, Any]
Build: TypeAlias = Callable[[RunData, Places], Content | None]
"""What a section draws beside the figures' numbers; `None`: the run has nothing for it, and it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the page."""

    id: str
    title: str
    short: str
    """In the bar on top."""
    lead: str
    """One or two sentences: how to read it."""
    draw: str
    build: Build


def _always(data: RunData, places: Places) -> Content | None:
    return {} if data.rows else None


def _languages(data: RunData, places: Places) -> Content | None:
    return {"pivots": list(pivots.languages(data, places))} if len(data.speech) > 1 else None


def _conditions(data: RunData, places: Places) -> Content | None:
    found = [*pivots.counted_otherwise(data, places), *pivots.doses(data, places)]
    return {"pivots": found} if data.rows else None


def _latency(data: RunData, places: Places) -> Content | None:
    found = [*pivots.more_latencies(data, places), *pivots.over_time(data, places)]
    return {"pivots": found} if data.rows else None


def _streams(data: RunData, places: Places) -> Content | None:
    streamed = any(row.cell.mode == "stream" and row.failure_kind is None for row in data.rows)
    return {} if streamed and data.results else None


def _tables(build: Callable[[RunData, Places], list[pivots.Json]]) -> Build:
    def content(data: RunData, places: Places) -> Content | None:
        found = build(data, places) if data.rows else []
        return {"pivots": found} if found else None

    return content


SECTIONS: tuple[Section, ...] = (
    Section(
        id="plane",
        title="Accuracy against speed",
        short="Accuracy and speed",
        lead=(
            "Lower left is better. A line leads from the first condition (large) to the others; crosses are 95 % "
            "intervals; the dotted steps are the frontier: nothing here is both more accurate and faster. Scales do "
            "not change with the mode."
        ),
        draw="plane",
        build=_always,
    ),
    Section(
        id="languages",
        title="Languages",
        short="Languages",
        lead="Each in its own unit: words of two languages differ in length, so compare along a row, not down.",
        draw="languages",
        build=_languages,
    ),
    Section(
        id="conditions",
        title="What each condition costs",
        short="Conditions",
        lead=(
            "Left: the error rate, and below it what the condition adds on the same utterances. Right: the same "
            "differences; a bar is the 95 % interval; with too few speakers for one, each speaker is a hollow mark."
        ),
        draw="conditions",
        build=_conditions,
    ),
    Section(
        id="latency",
        title="Latency",
        short="Latency",
        lead=(
            f"Every utterance is a mark. A 95th percentile stands only where there are {P95_NEEDS} values. Hollow "
            "marks at the right are streams whose last words never came: they have no latency and are in no median."
        ),
        draw="latency",
        build=_latency,
    ),
    Section(
        id="beyond",
        title="Beyond the words",
        short="Beyond words",
        lead="Speakers, times, labels, writing, redaction, turns: what the references let be judged. Hover for more.",
        draw="pivots",
        build=_tables(beyond.tables),
    ),
    Section(
        id="utterances",
        title="Every utterance",
        short="Utterances",
        lead=(
            "Search also takes said:word and heard:word. Keys: / search, n and p next and previous, l listen, m mode. "
            "Struck: said and not answered; underlined: answered and not said."
        ),
        draw="explorer",
        build=_always,
    ),
    Section(
        id="streams",
        title="What callers saw",
        short="What callers saw",
        lead="A stream replayed. Bar: the audio as it was sent, speech darker. Thin: a partial. Thick: a final.",
        draw="streams",
        build=_streams,
    ),
    Section(
        id="why",
        title="Why",
        short="Why",
        lead="Which words, which speech, which speakers. A click on a word shows where it was said.",
        draw="pivots",
        build=_tables(pivots.why),
    ),
    Section(
        id="failures",
        title="Cost and failures",
        short="Cost and failures",
        lead="A failed trial has no answer and is in no error rate; an empty answer counts as all words lost.",
        draw="pivots",
        build=_tables(pivots.failures),
    ),
)


def built(data: RunData) -> list[tuple[Section, Content]]:
    """The sections that this run has something for."""
    places = Places(data)
    made = ((section, section.build(data, places)) for section in SECTIONS)
    return [(section, content) for section, content in made if content is not None]
