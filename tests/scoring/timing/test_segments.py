"""Boundaries against an assignment that is known to be best, and against pyannote.metrics."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation
from pyannote.core import Segment as Stretch
from pyannote.metrics.segmentation import SegmentationCoverage, SegmentationPurity
from scipy.optimize import linear_sum_assignment

from bench.scoring.tally import Heard
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.segments import MEASURES, matched, tally
from bench.types import Recognised, Segment, Timing, Transcript, Utterance, Word
from tests.scoring.tallied import value_of

MOMENTS = st.lists(st.integers(0, 400), max_size=12).map(lambda moments: sorted(moment / 10 for moment in moments))
RULES = get_normalizer("earwitness")


@settings(max_examples=200, deadline=None)
@given(MOMENTS, MOMENTS, st.sampled_from([0.25, 0.5, 3.0]))
def test_as_many_boundaries_match_as_can(true, said, tolerance_s):
    near = np.array([[abs(a - b) <= tolerance_s + 1e-9 for b in said] for a in true], dtype=float)
    near = near.reshape(len(true), len(said))
    rows, columns = linear_sum_assignment(-near)
    assert matched(true, said, tolerance_s) == near[rows, columns].sum()


def tallied(true, said, words=None):
    utterance = Utterance(
        id="u",
        corpus="c",
        audio="u.wav",
        sha256="0" * 64,
        sample_rate_hz=8000,
        num_samples=8000 * 60,
        text="x",
        language="en",
        segments=cut(true),
        words=words,
    )
    answer = Transcript(recognised=Recognised(text="x", segments=cut(said)), timing=Timing())
    tallies: dict[str, float] = {}
    tally(Heard(utterance=utterance, transcript=answer, normalizer=RULES), tallies, {})
    return tallies


def cut(moments):
    return tuple(Segment(text="x", start_s=a, end_s=b) for a, b in itertools.pairwise(moments))


DISTINCT = st.sets(st.integers(0, 300), min_size=3, max_size=8).map(lambda moments: sorted(m / 10 for m in moments))


@settings(max_examples=60, deadline=None)
@given(DISTINCT, DISTINCT)
def test_purity_and_coverage_are_those_of_pyannote(true, said):
    said = [true[0], *(moment for moment in said if true[0] < moment < true[-1]), true[-1]]
    tallies = tallied(true, said)
    theirs = annotation(true), annotation(said)
    assert value_of(MEASURES, "segment_purity", tallies) == pytest.approx(SegmentationPurity()(*theirs))
    assert value_of(MEASURES, "segment_coverage", tallies) == pytest.approx(SegmentationCoverage()(*theirs))


def annotation(moments):
    made = Annotation()
    for number, (start, end) in enumerate(itertools.pairwise(moments)):
        made[Stretch(start, end)] = str(number)
    return made


def test_a_cut_inside_a_word_is_counted():
    words = (Word(text="a", start_s=0.0, end_s=1.0), Word(text="b", start_s=1.2, end_s=2.0))
    tallies = tallied([0, 1.1, 2], [0, 0.5, 1.1, 2], words)
    assert value_of(MEASURES, "words_cut", tallies) == pytest.approx(1 / 2)
    assert value_of(MEASURES, "segments_per_reference", tallies) == pytest.approx(3 / 2)
    assert value_of(MEASURES, "boundaries_f1_250_ms", tallies) == pytest.approx(2 / 3)


def test_one_segment_has_no_boundary_to_find():
    assert tallied([0, 5], [0, 2, 5]) == {}
