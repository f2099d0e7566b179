"""Passages of the reference that matter by themselves: entities, and words by their language. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from bench.scoring.tally import Heard, Reasons, Tallies, add, share
from bench.scoring.text.align import edits_of
from bench.scoring.text.script import dominant_script, expected_scripts, script_counts
from bench.scoring.text.terms import TermList

_NEAR_A_SWITCH = 2


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Entities where the reference names them, languages where it says which words are in which."""
    if heard.utterance.entities:
        _tally_entities(heard, tallies)
    if heard.utterance.languages:
        _tally_languages(heard, tallies)


def _tally_entities(heard: Heard, tallies: Tallies) -> None:
    for entity in heard.utterance.entities:
        forms = [tuple(heard.words(form)) for form in (entity.text, *entity.forms)]
        counts = TermList(forms, None).count(heard.reference, heard.hypothesis, heard.path)
        is_there = counts.hits > 0 or any(_contains(heard.hypothesis, form) for form in forms)
        add(tallies, "entities.all")
        add(tallies, "entities.right", float(is_there))
        add(tallies, "entities.shown", float(is_there) + counts.decoy_alarms)
        add(tallies, f"entities.{entity.kind}.right", float(is_there))
        add(tallies, f"entities.{entity.kind}.all")
        errors, length = _closest(heard.hypothesis, forms, counts_as_right=is_there)
        add(tallies, "entities.char_errors", errors)
        add(tallies, "entities.chars", length)


def _contains(words: Sequence[str], form: Sequence[str]) -> bool:
    return any(tuple(words[at : at + len(form)]) == tuple(form) for at in range(len(words) - len(form) + 1))


def _closest(words: Sequence[str], forms: Sequence[Sequence[str]], *, counts_as_right: bool) -> tuple[int, int]:
    """Character errors of the stretch of the answer that is nearest to a form, at most all; and characters."""
    length = len("".join(forms[0]))
    if counts_as_right:
        return 0, length
    nearest = [
        Levenshtein.distance("".join(form), "".join(words[at : at + size]))
        for form in forms
        for size in {max(1, len(form) - 1), len(form), len(form) + 1}
        for at in range(max(1, len(words) - size + 1))
    ]
    return min([length, *nearest]), length


# -- languages that mix -----------------------------------------------------------------------


def _tally_languages(heard: Heard, tallies: Tallies) -> None:
    """Errors of each reference word by its language, and near switches; insertions belong to no language."""
    languages = [passage.kind for passage in heard.utterance.languages for _ in heard.words(passage.text)]
    if len(languages) != len(heard.reference):
        return  # the normaliser reads the whole otherwise than its parts: no word can be told its language
    wrong = wrong_words(heard.path, len(languages))
    near = near_switches(languages)
    for index, language in enumerate(languages):
        add(tallies, f"switching.{language.split('-')[0]}.words")
        add(tallies, f"switching.{language.split('-')[0]}.errors", float(wrong[index]))
        where = "near" if index in near else "far"
        add(tallies, f"switching.{where}.words")
        add(tallies, f"switching.{where}.errors", float(wrong[index]))
    add(tallies, "switching.answered", float(len(heard.hypothesis)))
    known = {*script_counts(" ".join((heard.utterance.text, *heard.reference)))}
    known |= {script for passage in heard.utterance.languages for script in expected_scripts(passage.kind)}
    scripts = (dominant_script(word) for word in heard.hypothesis)
    add(tallies, "switching.foreign", float(sum(script is not None and script not in known for script in scripts)))


def wrong_words(path: str, number: int) -> list[bool]:
    """Whether each reference word was substituted or deleted."""
    wrong = [False] * number
    for edit in edits_of(path):
        if edit.op in {"substitute", "delete"}:
            wrong[edit.ref_start : edit.ref_end] = [True] * (edit.ref_end - edit.ref_start)
    return wrong


def near_switches(languages: Sequence[str]) -> set[int]:
    """Places of words within two words of a change of language."""
    return {
        index for switch in _switches(languages) for index in range(switch - _NEAR_A_SWITCH, switch + _NEAR_A_SWITCH)
    }


def _switches(languages: Sequence[str]) -> Iterator[int]:
    for index in range(1, len(languages)):
        if languages[index] != languages[index - 1]:
            yield index


# -- measures ---------------------------------------------------------------------------------


MEASURES = (
    share(
        "entity_recall",
        "entities",
        "entities that stand whole in the answer, in any accepted form",
        "entities.right",
        "entities.all",
    ),
    share(
        "entity_cer",
        "entities",
        "character errors of the stretch of the answer nearest to each entity, per character",
        "entities.char_errors",
        "entities.chars",
        lower_is_better=True,
    ),
    share(
        "wer.near_switches",
        "code-switching",
        "reference words lost or wrong within two words of a change of language",
        "switching.near.errors",
        "switching.near.words",
        lower_is_better=True,
    ),
    share(
        "wer.away_from_switches",
        "code-switching",
        "reference words lost or wrong elsewhere",
        "switching.far.errors",
        "switching.far.words",
        lower_is_better=True,
    ),
    share(
        "foreign_script_words",
        "code-switching",
        "words of the answer in a script that neither the languages nor the reference use",
        "switching.foreign",
        "switching.answered",
        lower_is_better=True,
    ),
)
