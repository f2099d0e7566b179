from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.config import BudgetSpec, LoadSpec
from bench.errors import ConfigError
from bench.execution.planning import load_plan
from bench.load.plan import LoadSpent, check, lay_out, most_sessions, within
from tests.toy import make_config, make_corpus, make_script


@pytest.fixture
def plan(tmp_path):
    manifest = make_corpus(tmp_path)
    config = make_config(tmp_path, manifest, make_script(tmp_path), load={"sessions": [2, 4], "duration_s": 6})
    return load_plan(config, overrides=["engines.scripted.price_per_minute=0.6"])


def needs(plan, **load):
    spec = LoadSpec.model_validate({"warm_up_s": 0, "duration_s": 6, **load})
    return check(replace(plan, config=plan.config.model_copy(update={"load": spec})))[1]


def test_what_a_closed_streaming_load_needs_at_most(plan):
    # Each of the recordings lasts 1.3 s, so a session begins at most every 1.3 s until 7.3 s, a recording's length
    # after the window: six times.
    found = needs(plan, sessions=[2, 4])
    assert (found.levels, found.at_least, found.sessions) == ((2, 4), False, (2 + 4) * 6)
    assert found.audio_hours == pytest.approx(found.sessions * 1.3 / 3600)
    assert found.cost == pytest.approx(found.sessions * 1.3 / 60 * 0.6)


def test_what_a_closed_batch_load_needs_is_known_from_below_only(plan):
    found = needs(plan, mode="batch", sessions=[2, 4])
    assert (found.sessions, found.at_least) == (6, True)


def test_what_an_open_load_needs_is_what_its_seed_says(plan):
    first, again = needs(plan, arrivals_per_s=[5]), needs(plan, arrivals_per_s=[5])
    assert first == again
    seeded = {needs(plan, arrivals_per_s=[5], seed=seed).sessions for seed in range(8)}
    assert len(seeded) > 1
    assert all(10 <= sessions <= 70 for sessions in seeded)


def test_a_search_is_held_to_the_most_load_it_may_put_on(plan):
    assert needs(plan, search={"first": 1, "largest": 4}).sessions > needs(plan, sessions=[1, 2, 4]).sessions


@pytest.mark.parametrize("bound", ["max_requests", "max_audio_hours", "max_cost"])
def test_each_bound_of_a_budget_holds(plan, bound):
    found = check(plan)[1]
    need = {"max_requests": found.sessions, "max_audio_hours": found.audio_hours, "max_cost": found.cost}[bound]

    def bounded(share):
        budget = BudgetSpec.model_validate({bound: int(need * share) if bound == "max_requests" else need * share})
        return replace(plan, config=plan.config.model_copy(update={"budget": budget}))

    check(bounded(1.0))
    with pytest.raises(ConfigError, match=f"budget.{bound}"):
        check(bounded(0.9))
    layout = lay_out(plan, plan.config.load, "scripted", 4)
    kept = within(layout, bounded(0.5).config.budget, LoadSpent())
    assert len(kept.plan.trials) == pytest.approx(0.5 * found.sessions, abs=1)
    spent = LoadSpent(requests=1, audio_hours=1.3 / 3600, cost=0.013)
    assert len(within(layout, bounded(0.5).config.budget, spent).plan.trials) == len(kept.plan.trials) - 1


@given(
    st.lists(st.floats(0.5, 9), min_size=1, max_size=5),
    st.integers(1, 6),
    st.floats(0, 5),
    st.floats(1, 30),
    st.lists(st.floats(0, 3), min_size=1, max_size=7),
)
def test_no_closed_load_begins_more_sessions_than_planned(lasting, width, ramp_s, stop_s, more):
    """Played out by hand, with sessions that last longer than their recordings by this and that."""
    free = [ramp_s * number / width for number in range(width)]
    begun = 0
    while min(free) <= stop_s:
        place = free.index(min(free))
        free[place] += lasting[begun % len(lasting)] + more[begun % len(more)]
        begun += 1
    assert begun <= most_sessions(lasting, width, ramp_s, stop_s)
    if not any(more):
        assert begun == most_sessions(lasting, width, ramp_s, stop_s)
