"""Error rates under each text normaliser of the config."""

from __future__ import annotations

from bench.report.names import language_name
from bench.report.run.data import RunData
from bench.report.run.tables.pivot import Json, entry, pivot, row
from bench.report.tables import percent


def text_rules(data: RunData) -> list[Json]:
    """WER under each normaliser, where the config names several."""
    pivots = []
    for sensitivity in data.sensitivity:
        profiles = list(sensitivity.counts)
        engines = list(sensitivity.counts[profiles[0]])
        rows = [
            row(engine, [entry(percent(sensitivity.counts[profile][engine].rate)) for profile in profiles])
            for engine in engines
        ]
        where = ", ".join(
            language_name(value) if name == "language" else value for name, value in sensitivity.group.items()
        )
        flips = "; ".join(
            f"{flip.system_a} is better by {flip.a_better_under}, {flip.system_b} by {flip.b_better_under}"
            for flip in sensitivity.ranking_flips
        )
        columns = [{"text": profile} for profile in profiles]
        pivots.append(
            pivot(f"Word errors by other text rules · {where}", rows, columns, corner="engine", note=flips, folded=True)
        )
    return pivots
