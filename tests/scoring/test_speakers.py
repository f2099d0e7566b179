"""Whole sessions against meeteval, pyannote.metrics and md-eval: a thousand random ones (real ones: `make nightly`)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.scoring.speakers.diarization import diarization_errors, jaccard_errors, scored_part
from bench.scoring.speakers.turns import by_speaker
from bench.scoring.speakers.wer import MOST_STREAMS, MOST_WORDS, cp_edits, orc_edits, tcp_edits, timed_orc_edits
from tests.scoring.speakers.references import MD_EVAL, md_eval, meeteval, pyannote, pyannote_forgiving
from tests.scoring.speakers.sessions import session, ugly_session


def check_words(reference, hypothesis):
    words = sum(len(turn.words) for turn in reference)
    voices = len({turn.speaker for turn in hypothesis})
    plain = voices <= MOST_STREAMS and words <= MOST_WORDS
    theirs = meeteval(reference, hypothesis, plain=plain and bool(hypothesis))  # its own check fails without any
    ours = {
        "cp": cp_edits(reference, hypothesis).counts.errors,
        "tcp": tcp_edits(reference, hypothesis).counts.errors,
        "tcorc": timed_orc_edits(reference, hypothesis)[0],
    }
    orc = orc_edits(reference, hypothesis)
    assert isinstance(orc, str) is not plain
    if plain and hypothesis:
        ours["orc"] = orc[0]
    elif plain:
        assert orc == (words, words)
    assert ours == {name: result.errors for name, result in theirs.items()}
    assert all(result.length == words for result in theirs.values())


def parts_of(reference, hypothesis, scored_s=None):
    scored_s = scored_s or [(0.0, max(turn.end_s for turn in [*reference, *hypothesis]))]
    part = scored_part(reference, hypothesis, scored_s=scored_s)
    return part, scored_s, _seconds(part)


def _seconds(part):
    errors = diarization_errors(part)
    return errors.missed_s, errors.false_alarm_s, errors.confused_s, errors.speech_s


def check_times(reference, hypothesis, scored_s=None):
    part, scored_s, ours = parts_of(reference, hypothesis, scored_s)
    *theirs, jer = pyannote(reference, hypothesis, scored_s)
    assert ours == pytest.approx(theirs, abs=1e-6)
    speakers = jaccard_errors(part)
    assert (jer is None) is (not speakers)
    if speakers and _is_unique(part):
        assert sum(speakers.values()) / len(speakers) == pytest.approx(jer, abs=1e-6)
    if not _talks_over_itself(reference):  # pyannote leaves such speech out as if two spoke
        lenient = scored_part(reference, hypothesis, collar_s=0.25, skip_overlap=True, scored_s=scored_s)
        if _is_unique(lenient):
            theirs = pyannote_forgiving(reference, hypothesis, scored_s)
            assert _seconds(lenient) == pytest.approx(theirs, abs=1e-6)


def _talks_over_itself(turns):
    own = by_speaker(turn for turn in turns if turn.end_s > turn.start_s)
    return any(after.start_s < before.end_s for said in own.values() for before, after in pairwise(said))


def _is_unique(part):
    """Whether one assignment alone has most time in common: among equals pyannote and we may choose differently."""
    from itertools import permutations

    common = part.in_common()
    if not common.size:
        return True
    small, large = sorted(common.shape)
    rows = common if common.shape[0] == small else common.T
    totals = [sum(rows[k, place] for k, place in enumerate(order)) for order in permutations(range(large), small)]
    best = max(totals)
    return sum(total > best - 1e-6 for total in totals) == 1


@pytest.mark.parametrize("seed", range(30))
def test_a_random_session_has_the_errors_that_others_count(seed):
    check_words(*session(seed))
    check_times(*session(seed))


@pytest.mark.slow
@pytest.mark.parametrize("tens", range(10))
def test_a_thousand_random_sessions_have_the_errors_that_others_count(tens):
    for seed in range(1000 + 100 * tens, 1100 + 100 * tens):
        check_words(*session(seed))
        check_times(*session(seed))


@pytest.mark.parametrize("seed", range(30))
def test_an_ugly_session_has_the_errors_that_others_count(seed):
    reference, hypothesis, scored_s = ugly_session(seed)
    check_words(reference, hypothesis)
    check_times(reference, hypothesis, scored_s)


@pytest.mark.slow
def test_hundreds_of_ugly_sessions_have_the_errors_that_others_count():
    for seed in range(1000, 1400):
        reference, hypothesis, scored_s = ugly_session(seed)
        check_words(reference, hypothesis)
        check_times(reference, hypothesis, scored_s)


def check_md_eval(sessions, folder):
    ours = [parts_of(*each)[2] for each in sessions]
    for own, theirs in zip(ours, md_eval(sessions, folder), strict=True):
        assert own == pytest.approx(theirs, abs=0.0051)  # it prints two decimals


@pytest.mark.skipif(not MD_EVAL, reason="needs NIST SCTK (Debian: sctk)")
def test_speaker_time_is_what_md_eval_says(tmp_path):
    check_md_eval([session(seed) for seed in range(30)], tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not MD_EVAL, reason="needs NIST SCTK (Debian: sctk)")
def test_speaker_time_of_a_thousand_is_what_md_eval_says(tmp_path):
    check_md_eval([session(seed) for seed in range(1000, 2000)], tmp_path)
