"""jiwer counts as we do, a difference is seen, and what is drawn hangs on the texts alone."""

from dataclasses import replace

from bench.scoring.cells import ScoredTrial
from bench.scoring.second_opinion import second_opinion
from bench.scoring.text.align import align_counted
from bench.types import Cell


def answered(reference, hypothesis):
    """A scored trial with these words."""
    path, words = align_counted(reference.split(), hypothesis.split())
    return ScoredTrial(
        utterance_id="c/u",
        cell=Cell("e", "batch", "clean", "c", "en"),
        cluster="s",
        duration_s=1.0,
        reference_words=len(reference.split()),
        words=words,
        reference=reference,
        hypothesis=hypothesis,
        path=path,
    )


TRIALS = [replace(answered(f"a b c{n}", f"a x c{n}" if n % 2 else "a"), trial_id=f"t{n}") for n in range(400)]


def test_every_distinct_pair_is_checked_once_and_agrees():
    opinion = second_opinion([*TRIALS, *TRIALS])
    assert (opinion.checked, opinion.equal, opinion.agrees) == (400, 400, True)
    assert opinion.tool.startswith("jiwer 4.")


def test_a_wrong_count_is_seen_and_named():
    wrong = replace(TRIALS[3], words=replace(TRIALS[3].words, insertions=1))
    opinion = second_opinion([*TRIALS[:3], wrong])
    assert (opinion.checked, opinion.equal, opinion.differing, opinion.agrees) == (4, 3, ("t3",), False)


def test_about_the_share_asked_for_is_drawn_whatever_their_order():
    opinion = second_opinion(TRIALS, share=0.25)
    assert 60 <= opinion.checked <= 140
    assert second_opinion(TRIALS[::-1], share=0.25) == opinion


def test_nothing_answered_is_nothing_to_check():
    assert second_opinion([]).agrees
