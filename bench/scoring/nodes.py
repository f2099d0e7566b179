"""Latency node by node of a cluster, so that a bad one is seen. Pure.

Every time of a trial is of one node's monotonic clock, so nodes are set side by side by their latencies alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.cells import Order, ScoredTrial, by_cell
from bench.scoring.measures import measure
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import Cell, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLatency:
    """Headline latency of a cell on one node, in seconds."""

    node: str
    cell: Cell
    median: Interval
    p95: Interval
    slower: bool
    """Whether the interval of its median lies wholly above that of all other nodes together."""


def node_latencies(trials: Iterable[ScoredTrial], *, order: Order) -> tuple[NodeLatency, ...]:
    """Of every cell that more than one node was asked for, nodes by name."""
    made: list[NodeLatency] = []
    for cell, own in by_cell((trial for trial in trials if trial.node is not None and trial.answered), order).items():
        nodes: dict[str, list[ScoredTrial]] = defaultdict(list)
        for trial in own:
            nodes[trial.node or ""].append(trial)
        if len(nodes) > 1:
            made += (_latency(node, cell, nodes[node], own) for node in sorted(nodes))
    return tuple(made)


def _latency(node: str, cell: Cell, own: Sequence[ScoredTrial], trials: Sequence[ScoredTrial]) -> NodeLatency:
    metric = HEADLINE_LATENCY[cell.mode]
    half, tail = measure(f"{metric}.p50"), measure(f"{metric}.p95")
    median, others = half.of(own), half.of([trial for trial in trials if trial.node != node])
    slower = median.low is not None and others.high is not None and median.low > others.high
    return NodeLatency(node=node, cell=cell, median=median, p95=tail.of(own), slower=slower)
