"""Times of words, tallied of one answer against the reference's. Pure.

Over words that are equal in the alignment with most hits. A written word that the normaliser makes several of (a
number) has no inner times and is left out, never interpolated. References set by an aligner err themselves, by 20 to
130 ms at the median (docs/latency.md): estimates below that say so (bench.scoring.timing.reference_error).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from bench.scoring.tally import Heard, Reasons, Tallied, Tallies, add, bin_of, percentiles, quotient, rate, share
from bench.types import Word

WITHIN_MS = (50, 100, 200)
_SLACK_S = 0.05
"""How far a word may reach outside the audio: encodings pad."""


def signed_mean(names: Sequence[str], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(seconds late - seconds early) / words, of tallies that end so."""
    signs = {"late": 1.0, "early": -1.0, "words": 0.0}
    ends = [name.rpartition(".")[2] for name in names]
    return quotient(sums @ np.array([signs[end] for end in ends]), sums[..., ends.index("words")])


FAMILY = "word times"
_OF_MATCHED = (
    *(
        percentile
        for edge in ("start", "end")
        for percentile in percentiles(
            f"word_{edge}_error", FAMILY, f"|{edge} said - true {edge}| of words recognised", f"word.{edge}:"
        )
    ),
    *(
        Tallied(
            name=f"word_{edge}_bias_s",
            family=FAMILY,
            definition=f"mean of {edge} said - true {edge}: a constant shift can be corrected, a spread cannot",
            unit="s",
            prefix=f"word_bias.{edge}.",
            statistic=signed_mean,
            best=0.0,
        )
        for edge in ("start", "end")
    ),
    rate(
        "word_shift_s",
        FAMILY,
        "average absolute shift: mean of half of |start error| + |end error|",
        "word.shift_s",
        "word.matched",
        unit="s",
        source="arXiv:2301.12343 (AAS)",
    ),
    *(
        share(
            f"words_within_{limit}_ms",
            FAMILY,
            f"recognised words whose start and end are both within {limit} ms",
            f"word.within_{limit}",
            "word.matched",
            source="arXiv:2505.15646 (200 ms)",
        )
        for limit in WITHIN_MS
    ),
)
MEASURES = (
    *(replace(measure, of_shared_words=True) for measure in _OF_MATCHED),
    share(
        "word_times_matched",
        FAMILY,
        "timed reference words that were recognised and timed: what the others rest on",
        "word.matched",
        "word.reference",
    ),
    share(
        "word_time_violations",
        FAMILY,
        "words that end before they start, start before the word before them, or lie outside the audio",
        "word.violations",
        "word.answered",
        lower_is_better=True,
    ),
)


class _Timed(NamedTuple):
    place: int
    """Among the words as written."""
    text: str
    start_s: float
    end_s: float


WordErrors: TypeAlias = Mapping[int, tuple[float, float]]
"""By the place of a reference word that was recognised: start said - true start, and so of ends, in seconds."""


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> WordErrors:
    """Of a reference with timed words; what it gives is what the tallies were made of."""
    words, expected = heard.transcript.recognised.words or (), heard.utterance.words or ()
    answered = _timed(heard, words, scale=1.0, offset_s=0.0)
    # Reading every word by the rules costs as much as scoring the text: one is enough where the answer has no times.
    spoken = _timed(heard, expected, scale=heard.scale, offset_s=heard.offset_s, most=None if answered else 1)
    if not spoken:
        return {}
    if not answered:
        reasons[FAMILY] = "the answer has no word times: turn them on (word_timestamps), or the engine has none"
        return {}
    tallies["word.reference"], tallies["word.answered"] = len(spoken), len(words)
    tallies["word.violations"] = violations(words, heard.heard_s(heard.utterance.duration_s))
    errors = _errors(spoken, answered)
    tallies.update(of_matched(errors))
    return errors


def _errors(spoken: Sequence[_Timed], answered: Sequence[_Timed]) -> WordErrors:
    errors: dict[int, tuple[float, float]] = {}
    for block in LCSseq.opcodes([word.text for word in spoken], [word.text for word in answered]):
        if block.tag == "equal":
            both = zip(
                spoken[block.src_start : block.src_end], answered[block.dest_start : block.dest_end], strict=True
            )
            for true, said in both:
                errors[true.place] = (said.start_s - true.start_s, said.end_s - true.end_s)
    return errors


def _timed(
    heard: Heard, words: Sequence[Word], *, scale: float, offset_s: float, most: int | None = None
) -> list[_Timed]:
    """Words that have times and are one word by the normaliser too; the first `most` of them."""
    timed: list[_Timed] = []
    for place, word in enumerate(words):
        if most is not None and len(timed) >= most:
            break
        if word.start_s is None or word.end_s is None:
            continue
        units = heard.words(word.text)
        if len(units) == 1:
            timed.append(_Timed(place, units[0], word.start_s * scale + offset_s, word.end_s * scale + offset_s))
    return timed


def of_matched(errors: WordErrors) -> Tallies:
    """What adds up over recognised words."""
    tallies: Tallies = {"word.matched": 0.0}
    for start_s, end_s in errors.values():
        _tally_word(start_s, end_s, tallies)
    return tallies


def _tally_word(start_s: float, end_s: float, tallies: Tallies) -> None:
    add(tallies, "word.matched")
    add(tallies, "word.shift_s", (abs(start_s) + abs(end_s)) / 2)
    for edge, error_s in (("start", start_s), ("end", end_s)):
        add(tallies, f"word.{edge}:{bin_of(abs(error_s))}")
        add(tallies, f"word_bias.{edge}.{'late' if error_s > 0 else 'early'}", abs(error_s))
        add(tallies, f"word_bias.{edge}.words")
    for limit in WITHIN_MS:
        add(tallies, f"word.within_{limit}", float(max(abs(start_s), abs(end_s)) <= limit / 1000 + 1e-9))


def violations(words: Sequence[Word], audio_s: float) -> int:
    """Words whose times cannot be."""
    wrong = sum(
        word.start_s is not None
        and word.end_s is not None
        and not -_SLACK_S <= word.start_s <= word.end_s <= audio_s + _SLACK_S
        for word in words
    )
    starts = [word.start_s for word in words if word.start_s is not None]
    return wrong + sum(after < before for before, after in pairwise(starts))
