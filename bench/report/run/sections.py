"""The sections of a run's page, in their order. A section more is a line more in `SECTIONS`, and the function it names.

`draw` names what draws a section in the page (static/run.js); `pivots` draws any number of tables, so that a section of
tables needs no line of script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from bench.report.page import Section
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables import beyond, conditions, failures, languages, latency, why
from bench.report.run.tables.pivot import Json
from bench.report.tables import P95_NEEDS

Content: TypeAlias = Mapping[str, Any]
Build: TypeAlias = Callable[[RunData, Places], Content | None]
"""What a section draws beside the figures' numbers; `None`: the run has nothing for it, and it is left out."""


def _always(data: RunData, places: Places) -> Content | None:
    return {} if data.rows else None


def _languages(data: RunData, places: Places) -> Content | None:
    return {"pivots": list(languages.languages(data, places))} if len(data.speech) > 1 else None


def _conditions(data: RunData, places: Places) -> Content | None:
    tables = [*conditions.counted_otherwise(data, places), *conditions.doses(data, places)]
    return {"pivots": tables} if data.rows else None


def _latency(data: RunData, places: Places) -> Content | None:
    tables = [
        *latency.by_node(data, places),
        *latency.more_latencies(data, places),
        *latency.over_time(data, places),
    ]
    return {"pivots": tables} if data.rows else None


def _streams(data: RunData, places: Places) -> Content | None:
    streamed = data.rows.texts("mode").are("stream") & ~data.rows.failed
    return {} if streamed.any() and data.transcripts else None


def _tables(build: Callable[[RunData, Places], list[Json]]) -> Build:
    def content(data: RunData, places: Places) -> Content | None:
        built = build(data, places) if data.rows else []
        return {"pivots": built} if built else None

    return content


SECTIONS: tuple[tuple[Section, Build], ...] = (
    (
        Section(
            id="plane",
            title="Accuracy against speed",
            short="Accuracy, speed",
            lead=(
                "Lower left is better. A line leads from the first condition (large) to the others; crosses are 95 % "
                "intervals; the dotted steps are the frontier: nothing here is both more accurate and faster. Scales "
                "do not change with the mode."
            ),
            draw="plane",
        ),
        _always,
    ),
    (
        Section(
            id="languages",
            title="Languages",
            short="Languages",
            lead="Each in its own unit: words of two languages differ in length, so compare along a row, not down.",
            draw="languages",
        ),
        _languages,
    ),
    (
        Section(
            id="conditions",
            title="What each condition costs",
            short="Conditions",
            lead=(
                "Table: the error rate, and below it what the condition adds on the same utterances. Figure: the same "
                "differences; a bar is the 95 % interval; with too few speakers for one, each speaker is a hollow mark."
            ),
            draw="conditions",
        ),
        _conditions,
    ),
    (
        Section(
            id="latency",
            title="Latency",
            short="Latency",
            lead=(
                f"A mark is an utterance. A 95th percentile stands only where there are {P95_NEEDS} values. Hollow "
                "marks at the right are streams whose last words never came: they have no latency and are in no median."
            ),
            draw="latency",
        ),
        _latency,
    ),
    (
        Section(
            id="beyond",
            title="Beyond the words",
            short="Beyond words",
            lead="Speakers, times, labels, writing, redaction, turns: what the references let be judged.",
            draw="pivots",
        ),
        _tables(beyond.tables),
    ),
    (
        Section(
            id="utterances",
            title="Every utterance",
            short="Utterances",
            lead=(
                "Search also takes said:word and heard:word. Keys: / search, n and p next and previous, l listen, m "
                "mode. Struck: said and not answered; underlined: answered and not said."
            ),
            draw="explorer",
        ),
        _always,
    ),
    (
        Section(
            id="streams",
            title="What callers saw",
            short="Callers",
            lead="A stream replayed. Bar: the audio as it was sent, speech darker. Thin: a partial. Thick: a final.",
            draw="streams",
        ),
        _streams,
    ),
    (
        Section(
            id="why",
            title="Why",
            short="Why",
            lead="Which words, which speech, which speakers. A click on a word shows where it was said.",
            draw="pivots",
        ),
        _tables(why.why),
    ),
    (
        Section(
            id="failures",
            title="Cost and failures",
            short="Cost, failures",
            lead="A failed trial has no answer and is in no error rate; an empty answer counts as all words lost.",
            draw="pivots",
        ),
        _tables(failures.failures),
    ),
)
"""In their order, with what each draws."""


def built(data: RunData) -> list[Section]:
    """The sections that this run has something for."""
    places = Places(data)
    made = ((section, build(data, places)) for section, build in SECTIONS)
    return [replace(_named(data, section), content=content) for section, content in made if content is not None]


def _named(data: RunData, section: Section) -> Section:
    """Of one condition nothing can be said to cost anything: its section has the error rates alone."""
    if section.id != "conditions" or len(data.conditions) > 1:
        return section
    return replace(section, title="Word errors", short="Word errors", lead="The error rate, with its 95 % interval.")
