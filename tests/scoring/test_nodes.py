"""A node that is slower than all others is seen, whatever the cell's own latency says."""

from __future__ import annotations

import numpy as np
import pytest

from bench.scoring.cells import Order, ScoredTrial
from bench.scoring.nodes import node_latencies
from bench.types import Cell, ErrorCounts

CELL = Cell("e", "batch", "clean", "c", "en")
ORDER = Order(engines=["e"], conditions=["clean"])


def trials(seed: int, shifts: dict[str | None, float]) -> list[ScoredTrial]:
    rng = np.random.default_rng(seed)
    return [
        ScoredTrial(
            utterance_id=f"c/{node}-{speaker}-{number}",
            cell=CELL,
            cluster=f"{node}-{speaker}",
            duration_s=1.0,
            reference_words=1,
            words=ErrorCounts(hits=1),
            metrics={"batch_latency_s": float(rng.gamma(9, 0.05)) + shift},
            node=node,
        )
        for node, shift in shifts.items()
        for speaker in range(60)
        for number in range(5)
    ]


def test_a_slow_node_is_told_and_no_other():
    latencies = node_latencies(trials(1, {"a": 0.0, "b": 0.3, "c": 0.0}), order=ORDER)
    assert [(own.node, own.slower) for own in latencies] == [("a", False), ("b", True), ("c", False)]
    own = [t.metrics["batch_latency_s"] for t in trials(1, {"a": 0.0, "b": 0.3, "c": 0.0}) if t.node == "b"]
    assert latencies[1].median.value == pytest.approx(np.median(own), abs=0.01)
    assert latencies[1].p95.value == pytest.approx(np.quantile(own, 0.95), abs=0.02)


def test_equal_nodes_are_seldom_called_slow():
    called = sum(
        own.slower for seed in range(40) for own in node_latencies(trials(seed, {"a": 0, "b": 0}), order=ORDER)
    )
    assert called <= 4


@pytest.mark.parametrize("shifts", [{None: 0.0}, {"a": 0.0}])
def test_one_machine_has_no_table(shifts):
    assert node_latencies(trials(1, shifts), order=ORDER) == ()
