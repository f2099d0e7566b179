from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpora.curation import exclude
from bench.corpora.sampling import sample, split, stratum_value
from bench.corpora.summary import corpus_stats
from bench.errors import UsageError
from tests.corpora.tiny import HEADER, utterance

PEOPLE = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["f", "m"]), st.integers(8_000, 320_000)),
    min_size=1,
    max_size=60,
)


def corpus(rows):
    return [
        utterance(f"u{number}", cluster=speaker, num_samples=samples, tags={"gender": gender})
        for number, (speaker, gender, samples) in enumerate(rows)
    ]


@given(PEOPLE, st.integers(1, 80), st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_sample_depends_on_ids_and_seed_not_on_the_order_of_lines(rows, count, seed, random) -> None:
    items = corpus(rows)
    shuffled = items.copy()
    random.shuffle(shuffled)
    drawn = sample(items, seed=seed, count=count, by=["gender"])
    assert {item.id for item in drawn} == {item.id for item in sample(shuffled, seed=seed, count=count, by=["gender"])}
    assert len(drawn) == min(count, len(items))
    assert [item.id for item in drawn] == [item.id for item in items if item in drawn]


@given(PEOPLE, st.integers(1, 60), st.integers(0, 5))
def test_proportional_strata_are_within_one_of_their_share(rows, count, seed) -> None:
    items = corpus(rows)
    count = min(count, len(items))
    taken = Counter(item.tags["gender"] for item in sample(items, seed=seed, count=count, by=["gender"]))
    for gender, total in Counter(item.tags["gender"] for item in items).items():
        assert abs(taken[gender] - count * total / len(items)) <= 1


@given(PEOPLE, st.integers(1, 60))
def test_equal_strata_differ_by_one_unless_used_up(rows, count) -> None:
    items = corpus(rows)
    taken = Counter(item.cluster for item in sample(items, seed=3, count=count, by=["cluster"], allocation="equal"))
    available = Counter(item.cluster for item in items)
    not_used_up = [taken[speaker] for speaker in available if taken[speaker] < available[speaker]]
    assert max(not_used_up, default=0) - min(not_used_up, default=0) <= 1
    assert all(taken[speaker] >= min(max(not_used_up, default=0) - 1, available[speaker]) for speaker in available)


@given(PEOPLE, st.floats(0.01, 5.0))
def test_minutes_are_reached_by_the_last_utterance_and_not_before(rows, minutes) -> None:
    items = corpus(rows)
    drawn = sample(items, seed=0, minutes=minutes)
    total = sum(item.duration_s for item in drawn)
    if len(drawn) < len(items):
        assert total >= 60 * minutes
        assert total - max(item.duration_s for item in drawn) < 60 * minutes


def test_another_seed_draws_another_sample() -> None:
    items = corpus([("a", "f", 16_000)] * 40)
    drawn = {tuple(item.id for item in sample(items, seed=seed, count=10)) for seed in range(5)}
    assert len(drawn) == 5


def test_a_larger_sample_contains_the_smaller() -> None:
    items = corpus([("ab"[n % 2], "fm"[n % 3 == 0], 16_000 * (1 + n % 7)) for n in range(50)])
    sizes = [{item.id for item in sample(items, seed=1, count=n, by=["gender", "duration"])} for n in (5, 10, 20, 50)]
    assert all(small < large for small, large in pairwise(sizes))


@pytest.mark.parametrize("given_", [{}, {"count": 1, "minutes": 1.0}, {"count": 0}])
def test_a_sample_needs_one_size(given_) -> None:
    with pytest.raises(UsageError, match="--count N or --minutes M"):
        sample(corpus([("a", "f", 16_000)]), seed=0, **given_)


def test_an_unknown_stratum_gets_the_near_name() -> None:
    with pytest.raises(UsageError, match="did you mean 'gender'"):
        sample(corpus([("a", "f", 16_000)]), seed=0, count=1, by=["gendre"])


@settings(max_examples=60)
@given(PEOPLE, st.integers(0, 3))
def test_no_speaker_is_in_two_parts_and_nobody_is_lost(rows, seed) -> None:
    items = corpus(rows)
    if len({item.cluster for item in items}) < 2:
        with pytest.raises(UsageError, match="at least 2 values of cluster, got 1"):
            split(items, {"dev": 0.2, "test": 0.8}, seed=seed)
        return
    parts = split(items, {"dev": 0.2, "test": 0.8}, seed=seed)
    assert not {item.cluster for item in parts["dev"]} & {item.cluster for item in parts["test"]}
    assert sorted(item.id for part in parts.values() for item in part) == sorted(item.id for item in items)
    assert parts["dev"]
    assert parts["test"]


def test_split_shares_are_kept_when_speakers_are_many() -> None:
    items = corpus([("x", "f", 16_000)] * 400)
    items = [utterance(item.id, cluster=f"s{number // 4}") for number, item in enumerate(items)]
    parts = split(items, {"train": 0.6, "dev": 0.1, "test": 0.3}, seed=0)
    assert {name: len(part) for name, part in parts.items()} == {"train": 240, "dev": 40, "test": 120}


@pytest.mark.parametrize(
    "shares", [(0.5, 0.9), (2, 0.1), (0, 1), (-0.5, 0.5), (float("nan"), 0.5), (float("inf"), 0.5), ()]
)
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    parts = {f"p{number}": share for number, share in enumerate(shares)}
    with pytest.raises(UsageError, match=r"split: expected shares above 0 that add up to 1, got .*--part dev=0.2"):
        split([utterance(f"u{number}", cluster=f"s{number}") for number in range(9)], parts, seed=0)


def test_shares_may_be_rounded() -> None:
    items = [utterance(f"u{number}", cluster=f"s{number}") for number in range(30)]
    for parts in (dict.fromkeys("abcdefghij", 0.1), dict.fromkeys("abc", 1 / 3), dict.fromkeys("abc", 0.333)):
        assert {len(part) for part in split(items, parts, seed=0).values()} == {30 // len(parts)}


@pytest.mark.parametrize(
    ("seconds", "name"), [(0.5, "<2 s"), (2.0, "2-5 s"), (9.9, "5-10 s"), (10.0, "10-20 s"), (99.0, ">=20 s")]
)
def test_durations_fall_into_bins(seconds, name) -> None:
    assert stratum_value(utterance(num_samples=round(seconds * 16_000)), "duration") == name


def test_stats_count_hours_and_speakers() -> None:
    items = [
        utterance("a", cluster="s1", num_samples=16_000 * 3600, text="one two"),
        utterance("b", cluster="s1", num_samples=16_000 * 1800, language="hi", text="एक"),
        utterance("c", num_samples=8_000 * 1800, sample_rate_hz=8_000),
        utterance("d", num_samples=16_000 * 1800),
    ]
    rows = {(row.key, row.value): row for row in corpus_stats(items, ["language"])}
    assert (rows["all", ""].hours, rows["all", ""].clusters, rows["all", ""].utterances) == (2.5, 3, 4)
    assert rows["all", ""].sample_rates_hz == (8_000, 16_000)
    assert (rows["language", "en"].hours, rows["language", "hi"].words) == (2.0, 1)


def test_an_exclusion_is_on_the_record() -> None:
    items = corpus([("a", "f", 16_000)] * 3)
    header, kept = exclude(HEADER, items, ["u1"], "reference is of another clip")
    header, kept = exclude(header, kept, ["u0"], "cut off")
    assert [item.id for item in kept] == ["u2"]
    assert header.excluded == {"u1": "reference is of another clip", "u0": "cut off"}
    for empty in ("", " \t"):
        with pytest.raises(UsageError, match="expected a reason, got an empty one; say what is wrong"):
            exclude(header, kept, ["u2"], empty)
    with pytest.raises(UsageError, match="did you mean 'u2'"):
        exclude(header, kept, ["u22"], "x")
    with pytest.raises(UsageError, match="keep at least one"):
        exclude(header, kept, ["u2"], "x")
