"""Passages of the reference that matter by themselves: entities, and words by their language. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from bench.scoring.tally import EACH, Heard, Reasons, Tallies, add, share
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
    """Of entities that share a form: as many are missing as the answer holds fewer of them than the reference."""
    alike = Counter(
        (entity.kind, tuple(tuple(heard.words(form)) for form in (entity.text, *entity.forms)))
        for entity in heard.utterance.entities
    )
    for (kind, forms), number in alike.items():
        said, shown = (len(TermList(forms).find(words)) for words in (heard.reference, heard.hypothesis))
        expected = max(said, number)
        right = max(0, number - max(0, expected - shown))
        errors, length = _closest(heard.hypothesis, forms) if right < number else (0, len("".join(forms[0])))
        counts = {
            "all": number,
            "right": right,
            "shown": right + max(0, shown - expected),
            "char_errors": (number - right) * errors,
            "chars": number * length,
        }
        for name, count in counts.items():
            add(tallies, f"entities.{name}", float(count))
            add(tallies, f"entities.{kind}.{name}", float(count))
        add(tallies, "entities.twice_right", 2.0 * right)
        add(tallies, "entities.both", float(number + counts["shown"]))


def _closest(words: Sequence[str], forms: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Character errors of the stretch of the answer that is nearest to a form, at most all; and characters."""
    length = len("".join(forms[0]))
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
        add(tallies, f"switching.in {language.split('-')[0]}.words")
        add(tallies, f"switching.in {language.split('-')[0]}.errors", float(wrong[index]))
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
        "entities that stand whole in the answer as often as they were said, in any accepted form",
        "entities.right",
        "entities.all",
        version=2,
    ),
    share(
        "entity_precision",
        "entities",
        "entities in the answer that were said, of those that the reference names",
        "entities.right",
        "entities.shown",
    ),
    share("entity_f1", "entities", "F1 of whole entities", "entities.twice_right", "entities.both"),
    share(f"entity_recall{EACH}", "entities", "entity_recall of kind *", "entities.*.right", "entities.*.all"),
    share(f"entity_precision{EACH}", "entities", "entity_precision of kind *", "entities.*.right", "entities.*.shown"),
    share(
        f"entity_cer{EACH}",
        "entities",
        "entity_cer of kind *",
        "entities.*.char_errors",
        "entities.*.chars",
        lower_is_better=True,
    ),
    share(
        "entity_cer",
        "entities",
        "character errors of the stretch of the answer nearest to each entity, per character",
        "entities.char_errors",
        "entities.chars",
        version=2,
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
        f"wer.reference_words{EACH}",
        "code-switching",
        "reference words lost or wrong, of those in *",
        "switching.in *.errors",
        "switching.in *.words",
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
