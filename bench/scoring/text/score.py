"""How the words of one answer are counted, by the rules of one normaliser. Pure.

The headline counts words (in scripts without spaces, grapheme clusters) along the best path through the reference's
accepted variants. Beside it, where they differ from it: without the variants, by orthographic syllables, and after an
answer in the wrong script has been transliterated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.scoring.text.align import align_counted, count_edits, nearest_readings
from bench.scoring.text.lattice import BestPath, best_path, build_lattice, with_compounds
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.normalize.alternatives import first_variants, has_alternatives, slots
from bench.scoring.text.normalize.normalizer import clusters
from bench.scoring.text.script import INDIC_SCRIPTS, aksharas, check_script, expected_scripts, transliterate
from bench.types import ErrorCounts, Utterance

_DIGIT = re.compile("[0-9]")
WITHOUT_VARIANTS, AKSHARAS, TRANSLITERATED = "without_variants", "aksharas", "transliterated"
"""Names of the further counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenText:
    """What was said, as published, with its language and the spellings accepted beside braces in the text."""

    text: str
    language: str
    alternatives: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, utterance: Utterance) -> SpokenText:
        return cls(text=utterance.text, language=utterance.language, alternatives=utterance.alternatives)

    @property
    def first(self) -> str:
        """The text with the first variant everywhere."""
        return first_variants(self.text) if has_alternatives(self.text) else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextScore:
    """One answer, counted."""

    best: BestPath
    empty: bool
    """The answer has no words after the text rules."""
    chars: ErrorCounts
    """Grapheme clusters of the words of the path, without spaces."""
    further: Mapping[str, ErrorCounts]
    wrong_script: bool


def reference_words(spoken: SpokenText, normalizer: Normalizer) -> list[str]:
    """The words of the first variants: a length that does not depend on the answer."""
    return normalizer.words(spoken.first, spoken.language)


def read(spoken: SpokenText, heard: str, normalizer: Normalizer) -> BestPath:
    """The reference as read in favour of the answer, and its counts."""
    return _read(spoken, heard, normalizer.words(heard, spoken.language), normalizer)


def _read(spoken: SpokenText, heard: str, hypothesis: Sequence[str], normalizer: Normalizer) -> BestPath:
    def words(text: str) -> list[str]:
        return normalizer.words(text, spoken.language)

    compounds = normalizer.accepts_compounds(spoken.language)
    if not (compounds or spoken.alternatives or has_alternatives(spoken.text)):
        reference = words(spoken.text)
        path, counts = align_counted(reference, hypothesis)
        if counts.errors > 1 and any(map(_DIGIT.search, (*reference, *hypothesis))):
            said = [normalizer.said(text, spoken.language) for text in (spoken.text, heard)]
            nearest = nearest_readings(reference, hypothesis, *said)
            if nearest != (reference, hypothesis):
                reference, hypothesis = nearest
                path, counts = align_counted(reference, hypothesis)
        return BestPath(reference=tuple(reference), hypothesis=tuple(hypothesis), path=path, counts=counts)
    lattice = build_lattice(slots(spoken.text, words, spoken.alternatives))
    return best_path(with_compounds(lattice, hypothesis) if compounds else lattice, hypothesis)


def score_text(spoken: SpokenText, heard: str, normalizer: Normalizer, *, transliterating: bool = False) -> TextScore:
    """Counts of one answer.

    Args:
        spoken: The reference.
        heard: The answer, as given.
        normalizer: Applied to both.
        transliterating: Also count an answer in the wrong script after transliteration.

    Raises:
        MissingExtraError: transliteration is asked for and its package is not installed.
    """
    answered = normalizer.words(heard, spoken.language)
    best = _read(spoken, heard, answered, normalizer)
    reference, hypothesis = " ".join(best.reference), " ".join(best.hypothesis)
    script = check_script(spoken.first, heard, spoken.language)
    if script.wrong and reference:  # an accepted spelling is not wrong
        script = min(script, check_script(reference, heard, spoken.language), key=lambda check: check.wrong_letters)
    further = {}
    if spoken.alternatives or spoken.first != spoken.text or normalizer.accepts_compounds(spoken.language):
        further[WITHOUT_VARIANTS] = count_edits(reference_words(spoken, normalizer), answered)
    if INDIC_SCRIPTS.intersection(expected_scripts(spoken.language)):
        further[AKSHARAS] = count_edits(aksharas(reference), aksharas(hypothesis))
    if transliterating and script.wrong and script.hypothesis and script.reference:
        converted = transliterate(heard, script.hypothesis, script.reference)
        if converted is not None:
            further[TRANSLITERATED] = read(spoken, converted, normalizer).counts
    return TextScore(
        best=best,
        empty=not answered,
        chars=count_edits(clusters(reference), clusters(hypothesis)),
        further=further,
        wrong_script=script.wrong,
    )
