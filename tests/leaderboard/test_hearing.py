"""Which errors are played: of every engine as many, by seed, other utterances first."""

from hypothesis import example, given
from hypothesis import strategies as st

from bench.leaderboard.hearing import errors_to_hear, may_be_heard
from bench.scoring.columns import ScoredColumns
from tests.leaderboard import ugly
from tests.leaderboard.worlds import rows


def world(*engines, share=0.5, speakers=6):
    found = []
    for engine in engines:
        for number, row in enumerate(rows(engine, [share] * speakers)):
            found.append(type(row)(**{**{f: getattr(row, f) for f in row.__slots__}, "trial_id": f"{engine}{number}"}))
    return found


@given(st.integers(1, 40), st.integers(0, 5), st.integers(1, 4))
def test_each_engine_has_as_many_as_any_other_and_none_comes_twice(number, seed, engines):
    trials = world(*"abcd"[:engines])
    chosen = errors_to_hear(trials, set(), number=number, seed=seed)
    counts = [sum(one.cell.engine == engine for one in chosen) for engine in "abcd"[:engines]]
    wrong = {e: sum(t.cell.engine == e and t.words.errors > 0 for t in trials) for e in "abcd"[:engines]}
    assert len(chosen) == min(number, sum(wrong.values()))
    if all(count < wrong[engine] for count, engine in zip(counts, wrong, strict=True)):
        assert max(counts) - min(counts) <= 1
    assert len({one.trial_id for one in chosen}) == len(chosen)
    assert all(one.words.errors for one in chosen)
    assert chosen == errors_to_hear(reversed(trials), set(), number=number, seed=seed)


@given(st.integers(0, 10_000), st.integers(1, 12), st.sets(st.sampled_from([f"one/u{k}" for k in range(12)])))
@example(1, 1, set())
def test_the_few_that_may_be_heard_are_enough_to_choose_from(seed, number, audible):
    parts = [ScoredColumns.of(run.rows) for run in ugly.runs(seed)]
    parts.append(parts[0][::2])  # an engine in two runs
    few = [may_be_heard(part, audible, number=number) for part in parts]
    every, some = ([trial for part in own for trial in part] for own in (parts, few))
    assert errors_to_hear(some, audible, number=number) == errors_to_hear(every, audible, number=number)
    for engine in "añc":
        own = [{trial.utterance_id for trial in part if trial.cell.engine == engine} for part in few]
        assert all(len(utterances) <= number for utterances in own)


def test_what_can_be_heard_comes_first_and_the_seed_decides():
    trials = world("a", "b")
    audible = {t.utterance_id for t in trials[:20]}
    chosen = errors_to_hear(trials, audible, number=10)
    assert {one.utterance_id for one in chosen} <= audible
    assert chosen != errors_to_hear(trials, audible, number=10, seed=1)


def test_engines_are_not_heard_on_the_same_utterance_while_others_are_left():
    chosen = errors_to_hear(world("a", "b"), set(), number=12)
    assert len({one.utterance_id for one in chosen}) == 12


def test_what_failed_or_is_right_is_no_error_to_hear():
    assert errors_to_hear(world("a", share=0.0), set(), number=5) == ()
    assert errors_to_hear(rows("a", [0.5], failed={f"en/s0-{k}" for k in range(5)}), set(), number=5) == ()
