"""DER and JER against pyannote.metrics, on turns that overlap themselves and others, touch, and are empty."""

import warnings

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

from bench.scoring.speakers.diarization import DiarizationErrors, diarization_errors, jaccard_errors, scored_part
from bench.scoring.speakers.turns import Turn, activity

turns = st.lists(
    st.builds(
        lambda speaker, start, length: Turn(speaker=speaker, start_s=start / 8, end_s=(start + length) / 8),
        st.sampled_from("abcd"),
        st.integers(0, 160),
        st.sampled_from([0, 1, 4, 9, 40]),
    ),
    max_size=9,
)


def annotation(speech):
    made = Annotation()
    for speaker, spans in activity(speech).items():
        for start, end in spans:
            made[Segment(start, end), speaker] = speaker
    return made


def uem(reference, hypothesis):
    moments = [m for t in (*reference, *hypothesis) if t.end_s > t.start_s for m in (t.start_s, t.end_s)]
    return Timeline([Segment(min(moments), max(moments))])


def has_speech(speech):
    return any(turn.end_s > turn.start_s for turn in speech)


@settings(max_examples=300, deadline=None)
@given(turns, turns, st.booleans())
def test_der_is_pyannotes(reference, hypothesis, skip):
    assume(has_speech(reference))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DiarizationErrorRate(skip_overlap=skip).compute_components(
            annotation(reference), annotation(hypothesis), uem=uem(reference, hypothesis)
        )
    ours = diarization_errors(scored_part(reference, hypothesis, skip_overlap=skip))
    assert ours.missed_s == pytest.approx(theirs["missed detection"], abs=1e-9)
    assert ours.false_alarm_s == pytest.approx(theirs["false alarm"], abs=1e-9)
    assert ours.confused_s == pytest.approx(theirs["confusion"], abs=1e-9)
    assert ours.speech_s == pytest.approx(theirs["total"], abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(turns, turns)
def test_der_with_a_collar_is_pyannotes_with_twice_the_number(reference, hypothesis):
    # pyannote lays collars around the turns as merged per speaker: so do we here, to compare one thing at a time.
    merged = [Turn(speaker=s, start_s=a, end_s=b) for s, spans in activity(reference).items() for a, b in spans]
    assume(merged)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DiarizationErrorRate(collar=0.5).compute_components(
            annotation(merged), annotation(hypothesis), uem=uem(merged, hypothesis)
        )
    ours = diarization_errors(scored_part(merged, hypothesis, collar_s=0.25))
    assert ours.speech_s == pytest.approx(theirs["total"], abs=1e-9)
    assert ours.missed_s == pytest.approx(theirs["missed detection"], abs=1e-9)
    assert ours.false_alarm_s == pytest.approx(theirs["false alarm"], abs=1e-9)
    assert ours.confused_s == pytest.approx(theirs["confusion"], abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(turns, turns)
def test_jer_is_pyannotes(reference, hypothesis):
    assume(has_speech(reference))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = JaccardErrorRate()(annotation(reference), annotation(hypothesis), uem=uem(reference, hypothesis))
    errors = jaccard_errors(scored_part(reference, hypothesis))
    part = scored_part(reference, hypothesis)
    if _is_unique(part):
        assert sum(errors.values()) / len(errors) == pytest.approx(theirs, abs=1e-9)


def _is_unique(part):
    """Whether one assignment alone has most time in common: among equals pyannote and we may choose differently."""
    common = part.in_common()
    values = common[common > 0]
    return len(set(values.round(6).tolist())) == len(values) and len(values) <= max(common.shape, default=0)


@given(turns)
def test_the_truth_has_no_errors_whatever_it_is_called(reference):
    renamed = [Turn(speaker=f"{turn.speaker}!", start_s=turn.start_s, end_s=turn.end_s) for turn in reference]
    part = scored_part(reference, renamed)
    errors = diarization_errors(part)
    assert errors.missed_s == errors.false_alarm_s == errors.confused_s == 0
    assert set(jaccard_errors(part).values()) <= {0.0}
    assert (errors.rate is None) is (not has_speech(reference))


def test_counts_pool_and_only_what_is_asked_is_scored():
    reference = [Turn(speaker="a", start_s=0, end_s=4), Turn(speaker="b", start_s=4, end_s=8)]
    swapped = [Turn(speaker="0", start_s=0, end_s=8)]
    whole = diarization_errors(scored_part(reference, swapped))
    assert (whole.confused_s, whole.rate) == (4, 0.5)
    first = diarization_errors(scored_part(reference, swapped, scored_s=[(0, 4)]))
    assert (first.confused_s, first.speech_s) == (0, 4)
    assert (whole + first).rate == pytest.approx(4 / 12)
    assert DiarizationErrors().rate is None
