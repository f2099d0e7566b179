"""What should have been hidden and can still be read, anywhere in an answer: its text, events, words and extras. Pure.

A stream's partials leak before the final hides them, so every event counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bench.scoring.tally import EACH, Heard, Reasons, Tallies, add, rate, share
from bench.scoring.text.leaks import CARDS, CVVS, PLACEHOLDER, is_identifier, read, wanted
from bench.types import Event, JsonValue, Segment, Word

_DISPLAYED_CHARS = 400
"""Of what was final before, beside a partial: longer than any passage that a final cuts in two."""

_FAMILY = "redaction"
MEASURES = (
    share(
        "leaked_private",
        _FAMILY,
        "private passages that can be read anywhere in the answer: text, partials, words, extras",
        "private.leaked",
        "private.all",
        version=3,
        lower_is_better=True,
    ),
    share(
        "leaked_private.final",
        _FAMILY,
        "private passages that can be read in the final text",
        "private.leaked_final",
        "private.all",
        version=2,
        lower_is_better=True,
    ),
    share(
        f"leaked_private{EACH}",
        _FAMILY,
        "leaked_private of kind *",
        "private.*.leaked",
        "private.*.all",
        version=3,
        lower_is_better=True,
    ),
    share(
        "leaked_cards",
        _FAMILY,
        "card numbers and security codes that can be read; one is a failure of the run, whatever the share",
        "private.cards_leaked",
        "private.cards",
        source="PCI DSS",
        version=3,
        lower_is_better=True,
    ),
    rate(
        "over_redacted",
        _FAMILY,
        "placeholders beyond the number of private passages that are not in the text, per 1,000 reference words",
        "private.placeholders_too_many",
        "private.kilowords",
        unit="per 1,000 words",
        version=2,
    ),
)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference with private passages."""
    private = heard.utterance.private
    if not private:
        return
    shown = _shown(heard)
    texts = [read(text, heard) for text in shown.texts]
    chances = [read(text, heard) for text in shown.chances]
    final, hidden = read(heard.transcript.text, heard), 0
    for passage in private:
        looked_for = wanted(passage, heard)
        leaked = any(map(looked_for.is_in, texts)) or any(map(looked_for.is_whole_in, chances))
        leaked_final = looked_for.is_in(final)
        hidden += not leaked_final
        add(tallies, "private.all")
        add(tallies, "private.leaked", float(leaked))
        add(tallies, "private.leaked_final", float(leaked_final))
        add(tallies, f"private.{passage.kind}.all")
        add(tallies, f"private.{passage.kind}.leaked", float(leaked))
        if passage.kind in CARDS | CVVS:
            add(tallies, "private.cards")
            add(tallies, "private.cards_leaked", float(leaked))
    tallies["private.placeholders_too_many"] = float(max(0, _placeholders(heard.transcript.text) - hidden))
    tallies["private.kilowords"] = len(heard.reference) / 1000


def _placeholders(text: str) -> int:
    """Those that are alike and stand side by side are one: `**** **** ****` hides one number group by group."""
    marks = list(PLACEHOLDER.finditer(text))
    return len(marks) - sum(
        _unit(before[0]) == _unit(after[0]) and not any(map(str.isalnum, text[before.end() : after.start()]))
        for before, after in pairwise(marks)
    )


def _unit(mark: str) -> str:
    return mark if mark[0] in "[<" else mark[0]


# -- what is shown ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What of an answer a reader could see, each text once and in order."""

    texts: dict[str, None] = field(default_factory=dict)
    chances: dict[str, None] = field(default_factory=dict)
    """Ids, moments and bare numbers, where some digits in a row are chance."""

    def show(self, places: Mapping[str, Sequence[str]]) -> None:
        """Parts of one place as they stand, and side by side."""
        for parts in places.values():
            self.texts.update(dict.fromkeys([*parts, " ".join(parts)]))


def _shown(heard: Heard) -> _Shown:
    said, shown = heard.transcript.recognised, _Shown()
    shown.show(_places(said.text, said.words or (), said.segments))
    shown.show(_of_extras(said.extras, shown))
    before: dict[str, str] = {}
    for event in heard.transcript.events:
        places = _of_event(event, shown)
        shown.show(places)
        if event.kind not in {"partial", "final"}:
            continue
        for place, parts in places.items():  # what is on display: a number may be cut by a final
            displayed = " ".join((before.get(place, ""), *parts))
            shown.texts[displayed] = None
            if event.kind == "final":
                before[place] = displayed[-_DISPLAYED_CHARS:]
    return shown


def _of_event(event: Event, shown: _Shown) -> dict[str, list[str]]:
    return _places(event.text, event.words or (), ()) | _of_extras(event.extras, shown)


def _places(text: str, words: Sequence[Word], segments: Sequence[Segment]) -> dict[str, list[str]]:
    named: tuple[Word | Segment, ...] = (*words, *segments)
    speakers = dict.fromkeys(part.speaker for part in named if part.speaker)
    return {
        "text": [text],
        "words": [word.text for word in words],
        "segments": [segment.text for segment in segments],
        "speakers": list(speakers),
    }


def _of_extras(extras: Mapping[str, JsonValue], shown: _Shown) -> dict[str, list[str]]:
    """Texts by the keys that lead to them, those of a list together: a word a part is a text."""
    places: dict[str, list[str]] = {}
    for place, text, is_number in _leaves("extras", extras):
        if is_number or is_identifier(text):
            shown.chances[text] = None
        else:
            places.setdefault(place, []).append(text)
    return places


def _leaves(place: str, value: JsonValue) -> Iterator[tuple[str, str, bool]]:
    """The keys that lead to it, the text, and whether it is a bare number."""
    if isinstance(value, str):
        yield place, value, False
    elif _is_number(value):
        yield place, f"{value}", True
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield f"{place} keys", key, False
            yield from _leaves(f"{place}.{key}", part)
    elif isinstance(value, Sequence):
        if all(map(_is_number, value)):
            yield place, "".join(f"{part}" for part in value), True  # a number digit by digit
        for part in value:
            yield from _leaves(place, part)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
