"""Tables, ranks, means and groups of small worlds whose truth is known."""

from dataclasses import astuple

import numpy as np
import pytest

from bench.errors import ConfigError
from bench.leaderboard.build import Options, build
from bench.leaderboard.groups import GroupLimits
from bench.stats.strata import mean_of_rates
from tests.leaderboard.worlds import WORDS, rows, run

LEVEL = [0.1] * 30


def board(found, language="en", subset="all"):
    [one] = [board for board in found.boards if (board.language, board.subset) == (language, subset)]
    return one


def test_an_engine_far_better_is_first_alone_and_two_alike_share_their_ranks():
    found = build([run("r", rows("good", [0.05] * 30), rows("a", LEVEL), rows("b", LEVEL))], Options())
    ranked = {row.engine: (row.rank_low, row.rank_high) for row in board(found).rows}
    assert ranked == {"good": (1, 1), "a": (2, 3), "b": (2, 3)}
    assert board(found).rows[0].engine == "good"
    assert found.n_comparisons == 3


def test_the_numbers_are_the_pooled_ones_and_the_table_says_how_much_was_heard():
    own = rows("a", LEVEL)
    found = board(build([run("r", own)], Options()))
    errors = sum(row.words.errors for row in own)
    [row] = found.rows
    assert row.wer.value == pytest.approx(errors / (WORDS * len(own)))
    assert row.cer.value == pytest.approx(errors / (5 * WORDS * len(own)))
    assert (row.rank, row.rank_low, row.rank_high) == (1, 1, 1)
    assert (found.n_utterances, found.n_speakers, found.hours) == (150, 30, pytest.approx(150 * 4 / 3600))
    assert (row.latency_p50_s.value, row.latency_p95_s.value) == (0.5, 0.5)


def test_declining_what_is_hard_does_not_improve_a_rank():
    failed = {f"en/s{s}-{n}" for s in range(20) for n in range(5)}
    found = board(build([run("r", rows("honest", LEVEL), rows("shy", [0.05] * 30, failed=failed))], Options()))
    assert [row.engine for row in found.rows] == ["honest", "shy"]
    shy = found.rows[1]
    assert (shy.failed, shy.answered) == (100, 50)
    assert shy.wer_answered.value < found.rows[0].wer.value < shy.wer.value
    assert shy.cer.value > 0.6


def test_runs_of_two_people_merge_and_only_what_both_attempted_is_ranked():
    anna = run("anna", rows("a", LEVEL))
    ravi = run("ravi", rows("b", LEVEL[:20]))
    found = build([anna, ravi], Options())
    assert (board(found).n_utterances, board(found).left_out) == (100, 50)
    assert {row.engine: row.run for row in board(found).rows} == {"a": "anna", "b": "ravi"}
    assert any("compare it within a run" in note for note in found.notes)


def test_engines_without_a_common_utterance_are_refused():
    other = [row for row in rows("b", LEVEL) if row.cluster in {"s20", "s21"}]
    own = [row for row in rows("a", LEVEL) if row.cluster in {"s0", "s1"}]
    with pytest.raises(ConfigError, match="en, batch, clean: expected utterances that every engine attempted"):
        build([run("x", own), run("y", other)], Options())


def test_nothing_that_matches_is_an_error():
    with pytest.raises(ConfigError, match="none that match"):
        build([run("r", rows("a", LEVEL))], Options(languages=("hi",)))


def test_few_speakers_give_a_rank_set_of_every_rank():
    found = build([run("r", rows("good", [0.01] * 5), rows("bad", [0.5] * 5))], Options())
    assert {(row.rank_low, row.rank_high) for row in board(found).rows} == {(1, 2)}
    assert found.n_comparisons == 0


def test_the_mean_over_languages_says_its_weights_and_needs_every_language():
    runs = [
        run(
            "r",
            rows("a", LEVEL),
            rows("a", [0.3] * 30, language="mt"),
            rows("b", LEVEL),
        )
    ]
    equal = {row.engine: row for row in build(runs, Options()).macro}
    en, mt = (board(build(runs, Options()), language).rows for language in ("en", "mt"))
    a = {row.engine: row for row in en}["a"].wer
    assert equal["a"].weights == {"en": 0.5, "mt": 0.5}
    mean = equal["a"].mean
    assert mean.value == pytest.approx((a.value + mt[0].wer.value) / 2)
    assert mean.low < mean.value < mean.high
    assert (equal["b"].mean.value, equal["b"].missing) == (None, ("mt",))
    weighted = {row.engine: row for row in build(runs, Options(weights={"en": 3, "mt": 1})).macro}
    assert weighted["a"].mean.value == pytest.approx(0.75 * a.value + 0.25 * mt[0].wer.value)
    alone = {row.engine: row for row in build(runs, Options(weights={"en": 1})).macro}["a"].mean
    assert (alone.value, alone.low, alone.high) == pytest.approx((a.value, a.low, a.high))
    with pytest.raises(ConfigError, match="--weight"):
        build(runs, Options(weights={"xx": 1}))


def test_the_mean_over_languages_is_the_one_of_the_report():
    """Few speakers of each language had an interval in the report and none in the leaderboard."""
    own = [rows("a", [0.1, 0.2, 0.1, 0.15], language=language, seed=n) for n, language in enumerate(("de", "en", "mt"))]
    strata = {
        language[0].cell.language: (
            [row.words.errors for row in language],
            [row.words.reference_length for row in language],
            [row.cluster for row in language],
        )
        for language in own
    }
    [row] = build([run("r", *own)], Options()).macro
    assert row.mean.low is not None
    expected = mean_of_rates(strata)
    assert astuple(row.mean) == pytest.approx(astuple(expected))


def test_code_switched_utterances_get_a_table_of_their_own():
    own = rows("a", LEVEL)
    mixed = {row.utterance_id for row in own[:50]}
    references = {row.utterance_id: "मुझे meeting में जाना है" if row.utterance_id in mixed else "plain" for row in own}
    found = build([run("r", own, references=references)], Options())
    assert [(board.subset, board.n_utterances) for board in found.boards] == [("all", 150), ("code-switched", 50)]
    tagged = {row.utterance_id: {"code_switched": "yes"} for row in own}
    assert [b.subset for b in build([run("r", own, tags=tagged)], Options()).boards] == ["code-switched"]


def gaps(found):
    return {gap.group: gap for gap in board(found).rows[0].groups}


def tagged(own, tag, value_of):
    return {row.utterance_id: {tag: value_of(int(row.cluster[1:]))} for row in own}


def test_the_group_that_is_worse_off_is_found_and_an_equal_one_is_not_accused():
    own = rows("a", [0.1] * 20 + [0.3] * 20)
    tags = tagged(own, "dialect", lambda speaker: "north" if speaker < 20 else "south")
    found = gaps(build([run("r", own, tags=tags)], Options()))
    south = found["south"]
    assert south.worst
    assert not found["north"].worst
    assert south.gap.low < 0.2 < south.gap.high
    assert south.gap.value == pytest.approx(-found["north"].gap.value)
    assert south.p_adjusted < 0.001
    alike = tagged(own, "gender", lambda speaker: "f" if speaker % 2 else "m")
    assert gaps(build([run("r", own, tags=alike)], Options()))["f"].p_adjusted > 0.01


def test_small_groups_are_suppressed():
    own = rows("a", LEVEL)
    tags = tagged(own, "l1", lambda speaker: "mt" if speaker < 3 else "en" if speaker < 16 else "hi")
    found = gaps(build([run("r", own, tags=tags)], Options()))
    assert (found["mt"].suppressed, found["mt"].rate, found["mt"].gap) == ("fewer than 20 utterances", None, None)
    assert (found["en"].suppressed, found["en"].rate) == ("so that a smaller group cannot be worked out from it", None)
    assert found["hi"].gap is not None
    found = gaps(build([run("r", own, tags=tags)], Options(limits=GroupLimits(min_utterances=10))))
    assert found["mt"].suppressed == "fewer than 8 speakers"


def test_of_two_groups_of_which_one_is_too_small_neither_is_shown():
    """The rate of one less its gap was the rate of the other."""
    own = rows("a", LEVEL)
    tags = tagged(own, "gender", lambda speaker: "f" if speaker < 3 else "m")
    found = gaps(build([run("r", own, tags=tags)], Options()))
    assert all((each.rate, each.gap) == (None, None) for each in found.values())


def test_a_gap_against_one_speaker_is_not_tested():
    """Equal groups of 20 speakers and of 1 were starred in 66 % of cases."""
    rng, flagged = np.random.default_rng(1), 0
    for _ in range(20):
        own = rows("a", [float(rate) for rate in rng.uniform(0.05, 0.35, 40)])
        tags = tagged(own, "accent", lambda speaker: "x" if speaker < 38 else "y" if speaker == 38 else "z")
        found = gaps(build([run("r", own, tags=tags)], Options(limits=GroupLimits(min_utterances=1))))
        flagged += any(each.p_adjusted is not None and each.p_adjusted < 0.05 for each in found.values())
    assert flagged == 0


def test_a_tag_with_one_value_divides_nothing():
    own = rows("a", LEVEL)
    assert gaps(build([run("r", own, tags=tagged(own, "gender", lambda _: "f"))], Options())) == {}


def test_an_invalid_run_shows_no_latency():
    found = board(build([run("r", rows("a", LEVEL), latency_valid=False)], Options()))
    assert found.rows[0].latency_p50_s is None


def test_nobody_beats_anybody_on_recordings_that_name_no_speaker():
    """Each counted as a voice of its own: 100 voices, though two people may have spoken them all."""
    found = board(build([run("r", rows("a", LEVEL, named=False), rows("b", [0.6] * 20, named=False))], Options()))
    assert found.n_nameless == found.n_utterances == found.n_speakers
    assert not found.has_places
    assert {(row.rank_low, row.rank_high) for row in found.rows} == {(1, 2)}
    named = board(build([run("r", rows("a", LEVEL), rows("b", [0.6] * 20))], Options()))
    assert named.has_places
    assert {(row.rank_low, row.rank_high) for row in named.rows} == {(1, 1), (2, 2)}
