"""What bounds the asking, against the same facts kept by hand."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.config import BudgetSpec, RetrySpec
from bench.execution.limits import Breaker, Budget, Spent, backoff_s, divided
from bench.types import Failure, FailureKind, Recognised, Timing, Transcript

ANSWER = Transcript(recognised=Recognised(text="one"), timing=Timing())


def failed(kind: FailureKind = FailureKind.SERVER, **fields) -> Failure:
    return Failure(kind=kind, message="down", **fields)


@given(st.integers(1, 20), st.floats(0, 10), st.floats(0, 60))
def test_a_wait_is_random_within_a_bound_that_doubles_and_ends(attempt: int, base_s: float, max_s: float):
    retry = RetrySpec(base_s=base_s, max_s=max_s)
    wait = backoff_s(failed(), attempt, retry)
    assert 0 <= wait <= min(base_s * 2 ** (attempt - 1), max_s)


def test_waits_of_those_who_failed_together_differ():
    retry = RetrySpec(base_s=1.0, max_s=30.0)
    waits = {backoff_s(failed(), 3, retry) for _ in range(100)}
    assert len(waits) == 100
    assert max(waits) > 3 > 1 > min(waits), "over the whole range, not around its end"


@given(st.floats(0, 1e12) | st.just(float("inf")))
def test_a_server_that_says_when_is_heeded_up_to_the_maximum(after_s: float):
    retry = RetrySpec(base_s=0.5, max_s=30.0)
    wait = backoff_s(failed(FailureKind.RATE_LIMIT, retry_after_s=after_s), 1, retry)
    assert min(after_s, 30.0) <= wait <= min(after_s, 30.0) + 0.5


@given(
    budget=st.builds(
        BudgetSpec,
        max_requests=st.none() | st.integers(1, 50),
        max_audio_hours=st.none() | st.floats(0.001, 0.1),
        max_cost=st.none() | st.floats(0.01, 1.0),
    ),
    lengths=st.lists(st.floats(0.1, 60), max_size=80),
    price=st.none() | st.floats(0, 0.1),
)
def test_no_bound_of_a_budget_is_ever_passed(budget: BudgetSpec, lengths: list[float], price: float | None):
    kept = Budget(budget)
    made = []
    for audio_s in lengths:
        if kept.exceeded(audio_s, price) is None:
            kept.spent.add(audio_s, price)
            made.append(audio_s)
    assert len(made) <= (budget.max_requests or len(made))
    assert sum(made) / 3600 <= (budget.max_audio_hours or 1e9) * 1.000001
    assert sum(made) / 60 * (price or 0.0) <= (budget.max_cost or 1e9) * 1.000001
    if budget == BudgetSpec():
        assert made == lengths


NEEDS = st.lists(st.builds(Spent, st.integers(0, 60), st.floats(0, 1000), st.floats(0, 2)), min_size=1, max_size=7)


@given(spent=st.builds(Spent, st.integers(0, 60), st.floats(0, 1000), st.floats(0, 2)), needs=NEEDS)
def test_the_shares_of_what_is_left_are_what_is_left(spent: Spent, needs: list[Spent]):
    budget = BudgetSpec(max_requests=50, max_audio_hours=0.2, max_cost=1.0)
    shares = divided(spent.rest_of(budget), needs)
    assert sum(share.max_requests or 0 for share in shares) == max(0, 50 - spent.requests)
    assert sum(share.max_cost or 0 for share in shares) == pytest.approx(max(0.0, 1.0 - spent.cost))
    assert sum(share.max_audio_hours or 0 for share in shares) == pytest.approx(max(0.0, 0.2 - spent.audio_s / 3600))


@given(
    lengths=st.lists(st.floats(0.1, 1000), min_size=1, max_size=30),
    price=st.none() | st.floats(0.01, 5),
    number=st.integers(1, 7),
)
@example(lengths=[1.0, 9.0], price=None, number=2)
def test_where_there_is_enough_for_all_each_has_enough(lengths: list[float], price: float | None, number: int):
    dealt = [lengths[index::number] for index in range(min(number, len(lengths)))]
    needs = [asked(own, price) for own in dealt]
    whole = sum(needs, start=Spent())
    budget = BudgetSpec(max_requests=whole.requests, max_audio_hours=whole.audio_s / 3600, max_cost=whole.cost or None)
    for own, share in zip(dealt, divided(budget, needs), strict=True):
        bounds = Budget(share)
        for length in own:
            assert bounds.exceeded(length, price) is None
            bounds.spent.add(length, price)


def asked(lengths: list[float], price: float | None) -> Spent:
    spent = Spent()
    for length in lengths:
        spent.add(length, price)
    return spent


def trips_after(outcomes, give_up_after: int | None = 10) -> int | None:
    """How many outcomes it takes; `None`: it is asked on."""
    breaker = Breaker("e", give_up_after)
    for number, outcome in enumerate(outcomes, start=1):
        breaker.note(outcome)
        if breaker.reason is not None:
            assert breaker.reason.startswith("engine e: ")
            assert "go on with --resume" in breaker.reason
            return number
    return None


def test_an_engine_that_fails_whatever_it_is_asked_is_given_up():
    assert trips_after([failed()] * 30) == 10
    assert trips_after([failed()] * 30, give_up_after=4) == 4
    assert trips_after([failed()] * 30, give_up_after=None) is None
    assert trips_after([failed()] * 9 + [ANSWER] + [failed()] * 9) is None
    assert trips_after([failed(FailureKind.AUDIO)] * 100) is None


@pytest.mark.parametrize("failure", [failed(FailureKind.AUTH), failed(FailureKind.REFUSED, http_status=402)])
def test_a_dead_key_or_an_empty_account_is_given_up_at_once(failure: Failure):
    assert trips_after([failure] * 30) == 3
    assert trips_after([failed()] * 5 + [failure] * 30) == 8
    assert trips_after([ANSWER, failure, failure, ANSWER, failure, failure]) is None


def test_one_in_ten_that_fails_never_trips_it():
    draw = np.random.default_rng(7).random
    assert trips_after([failed() if draw() < 0.3 else ANSWER for _ in range(20_000)]) is None
