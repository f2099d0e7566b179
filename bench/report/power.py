"""The table of `bench power`. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bench.comparison.power import TARGET, CellPower
from bench.report.metric_numbers import difference_format
from bench.report.tables import NONE, Table, count
from bench.scoring.cells import CELL_KEYS


def power_table(powers: Sequence[CellPower], metric: str) -> Table:
    """One row a cell: what there is, what it can show, what the margin needs."""
    columns = (
        *CELL_KEYS,
        "utterances",
        "speakers",
        "hours",
        "finds",
        "by one run",
        "passes",
        "margin",
        "needs",
        "note",
    )
    number = difference_format(metric)
    rows = tuple(
        (
            *(power.cell[key] for key in CELL_KEYS),
            count(power.n),
            count(power.n_clusters),
            f"{power.hours:.2f}",
            number(power.detectable),
            number(power.detectable_by_one_run),
            number(power.passable),
            number(power.margin),
            _needs(power),
            power.note or "",
        )
        for power in powers
    )
    title = f"Power for {metric}, each with {TARGET * 100:g} % probability"
    note = (
        "Finds: the worsening, in one cell, that a gate without margin accuses. By one run: the same by a single "
        "baseline run, where drift is allowed for. Passes: the margin that an unchanged system passes. "
        "Needs: for the margin given, more speakers of the same kind; more utterances of the same speakers help less."
    )
    numeric = frozenset(("utterances", "speakers", "hours", "finds", "by one run", "passes", "margin"))
    return Table(title=title, columns=columns, rows=rows, numeric=numeric, note=note).without_constant(CELL_KEYS)


def _needs(power: CellPower) -> str:
    if power.needed is None:
        return NONE
    hours = "" if power.needed.hours is None else f", {power.needed.hours:.1f} h"
    return f"{count(power.needed.utterances)} utterances of {count(power.needed.clusters)} speakers{hours}"
