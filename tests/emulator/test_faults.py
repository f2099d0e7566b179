"""Which request gets which fault."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bench.emulator.faults import Fault, FaultPlan, delay_of, demanded


def test_fractions_are_kept_and_a_seed_repeats():
    plan = FaultPlan(seed=1, faults=(Fault(kind="reset", fraction=0.1), Fault(kind="empty", fraction=0.2)))
    drawn = [plan.draw(number, "batch") for number in range(4000)]
    kinds = [fault.kind if fault else None for fault in drawn]
    assert kinds.count("reset") / 4000 == pytest.approx(0.1, abs=0.02)
    assert kinds.count("empty") / 4000 == pytest.approx(0.2, abs=0.03)
    assert drawn == [plan.draw(number, "batch") for number in range(4000)]


def test_a_fault_strikes_only_where_it_exists():
    plan = FaultPlan(faults=(Fault(kind="missing_last"), Fault(kind="reset", mode="batch")))
    batch, stream = plan.draw(0, "batch"), plan.draw(0, "stream")
    assert batch is not None
    assert stream is not None
    assert (batch.kind, stream.kind) == ("reset", "missing_last")


def test_more_than_one_fault_a_request_is_refused():
    with pytest.raises(ValidationError, match="1 at most"):
        FaultPlan(faults=(Fault(kind="reset", fraction=0.7), Fault(kind="empty", fraction=0.7)))


def test_a_request_may_ask_for_its_own():
    assert demanded({}, "batch") is None
    assert demanded({"x-emulator-fault": '{"kind": "close"}'}, "batch") is None
    fault = demanded({"x-emulator-fault": '{"kind": "close", "close_code": 4000}'}, "stream")
    assert fault is not None
    assert fault.close_code == 4000
    with pytest.raises(ValueError, match="kind"):
        demanded({"x-emulator-fault": "{}"}, "stream")


def test_jitter_is_bounded_and_repeats():
    fault = Fault(kind="delay", delay_s=1.0, jitter_s=0.5)
    delays = [delay_of(fault, number) for number in range(50)]
    assert all(1.0 <= delay < 1.5 for delay in delays)
    assert len(set(delays)) == 50
    assert delays == [delay_of(fault, number) for number in range(50)]
