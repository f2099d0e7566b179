"""Numbers as text, and Estimates as tables. The only place that formats numbers. Pure.

A missing value is `–`; an interval stands in brackets behind its value, in the same unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import Cell, Cluster, Contrast, Estimate, Interval, Pool

NONE = "–"
GROUP_KEYS = Cell._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled table of text. `numeric` columns are set flush right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[str] = field(default_factory=frozenset)
    note: str = ""
    folded: bool = False
    """Shown closed where a format can: for the few who look for it."""

    def without_constant(self, columns: Iterable[str]) -> Table:
        """Drop those of `columns` that say the same in every row."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        dropped = {name for name in columns if len({row[name] for row in rows}) <= 1}
        kept = tuple(name for name in self.columns if name not in dropped)
        return Table(
            title=self.title,
            columns=kept,
            rows=tuple(tuple(row[name] for name in kept) for row in rows),
            numeric=self.numeric,
            note=self.note,
            folded=self.folded,
        )


# -- numbers ----------------------------------------------------------------------------------


def percent(value: float | None, *, signed: bool = False) -> str:
    """A ratio as per cent with one decimal: 0.1234 -> `12.3 %`."""
    if value is None:
        return NONE
    return f"{_sign(value, signed)}{abs(value) * 100:.1f} %"


def points(value: float | None, *, places: int = 1) -> str:
    """A difference of ratios in percentage points, always signed: -0.0123 -> `-1.2 pp`."""
    return NONE if value is None else f"{_sign(value, True)}{abs(value) * 100:.{places}f} pp"


def seconds(value: float | None, *, signed: bool = False) -> str:
    """Below 10 s in milliseconds, else in seconds: 0.2345 -> `235 ms`, 12.34 -> `12.3 s`."""
    if value is None:
        return NONE
    text = f"{abs(value):.1f} s" if abs(value) >= 10 else f"{abs(value) * 1000:.0f} ms"
    return f"{_sign(value, signed)}{text}"


def milliseconds(value: float | None) -> str:
    """Seconds as a bare number of milliseconds: 0.2345 -> `234`."""
    return NONE if value is None else f"{value * 1000:.0f}"


def ratio(value: float | None) -> str:
    """A plain ratio with three significant digits."""
    return NONE if value is None else f"{value:.3g}"


def count(value: float | None) -> str:
    """A whole number with thin grouping: 12345 -> `12,345`."""
    return NONE if value is None else f"{value:,.0f}"


def _sign(value: float, signed: bool) -> str:
    if value < 0:
        return "\N{MINUS SIGN}"
    return "+" if signed and value > 0 else ""


def with_interval(estimate: Estimate | Interval | None, number: Callable[[float | None], str]) -> str:
    """`12.3 % [10.1, 14.5]`, or the value alone where there is no interval."""
    if estimate is None or estimate.value is None:
        return NONE
    if estimate.low is None or estimate.high is None:
        return number(estimate.value)
    low, high = (_bare(number(bound)) for bound in (estimate.low, estimate.high))
    return f"{number(estimate.value)} [{low}, {high}]"


def _bare(text: str) -> str:
    return text.removesuffix(" %").removesuffix(" pp")


# -- estimates by cell ------------------------------------------------------------------------


class Cells:
    """Estimates by cell (engine, mode, condition, corpus, language), in the order they came."""

    def __init__(self, estimates: Iterable[Estimate]) -> None:
        self.groups: dict[Cell, None] = {}
        self._values: dict[tuple[Cell, str], Estimate] = {}
        self.per_cluster: list[tuple[Cluster, Estimate]] = []
        self.contrasts: list[tuple[Contrast, Estimate]] = []
        self.across: list[tuple[Pool, Estimate]] = []
        """Of several languages side by side, in the order they came."""
        for estimate in estimates:
            self._add(estimate)

    def _add(self, estimate: Estimate) -> None:
        match estimate.scope:
            case Contrast() as contrast:
                self.contrasts.append((contrast, estimate))
            case Pool() as pool:
                self.across.append((pool, estimate))
            case Cluster() as cluster:
                self.per_cluster.append((cluster, estimate))
            case Cell() as cell:
                self.groups[cell] = None
                self._values[cell, estimate.metric] = estimate

    def get(self, key: Cell, metric: str) -> Estimate | None:
        return self._values.get((key, metric))

    def all(self) -> Iterable[Estimate]:
        """Every estimate of a cell."""
        return self._values.values()

    def metric_names(self, start: str, end: str = "") -> set[str]:
        """What stands between `start` and `end` in the names of metrics that have both."""
        names = {name for _, name in self._values if name.startswith(start) and name.endswith(end)}
        return {name.removeprefix(start).removesuffix(end) for name in names}

    def constant(self) -> tuple[str, ...]:
        """Which of corpus and language are the same in every cell; a table of some cells must show the others."""
        return tuple(name for name in ("corpus", "language") if len({getattr(cell, name) for cell in self.groups}) <= 1)

    def value(self, key: Cell, metric: str) -> float | None:
        found = self.get(key, metric)
        return None if found is None else found.value


def accuracy_table(cells: Cells) -> Table:
    """One row per engine x mode x condition."""
    columns = (*GROUP_KEYS, "WER", "CER", "S / D / I", "words", "answered", "empty", "failed")
    rows = []
    for key in cells.groups:
        edits = [cells.value(key, f"words.{name}") for name in ("substitutions", "deletions", "insertions", "hits")]
        known = [number or 0.0 for number in edits]
        rows.append(
            (
                *key,
                with_interval(cells.get(key, "wer"), percent),
                with_interval(cells.get(key, "cer"), percent),
                " / ".join(count(number) for number in edits[:3]),
                count(known[0] + known[1] + known[3]),
                count(cells.value(key, "trials.answered")),
                count(cells.value(key, "trials.empty")),
                count(cells.value(key, "trials.failed")),
            )
        )
    numeric = frozenset(columns) - set(GROUP_KEYS)
    table = Table(title="Accuracy", columns=columns, rows=tuple(rows), numeric=numeric, note=interval_note(cells))
    return table.without_constant(("corpus", "language"))


def interval_note(cells: Cells) -> str:
    """What stands, or does not stand, behind the brackets."""
    notes = {estimate.note for key in cells.groups if (estimate := cells.get(key, "wer")) and estimate.note}
    return "; ".join(sorted(notes))


def per_cluster_table(cells: Cells) -> Table | None:
    """WER of each speaker, where there are too few for an interval; `None` where there is an interval."""
    if not cells.per_cluster:
        return None
    clusters = sorted({scope.cluster for scope, _ in cells.per_cluster})
    found = {(scope.cell, scope.cluster): estimate for scope, estimate in cells.per_cluster}
    rows = []
    for key in cells.groups:
        values = [found.get((key, cluster)) for cluster in clusters]
        if any(values):
            rows.append((*key, *(f"{percent(e.value)} (n={e.n})" if e else NONE for e in values)))
    columns = (*GROUP_KEYS, *clusters)
    title = "WER of each speaker"
    table = Table(title=title, columns=columns, rows=tuple(rows), numeric=frozenset(clusters))
    return table.without_constant(cells.constant())


def contrast_names(contrast: Contrast) -> tuple[str, ...]:
    """Its name, then for each of `GROUP_KEYS` what both cells have, or `first - second`."""
    sides = zip(contrast.of, contrast.minus, strict=True)
    return contrast.name, *(first if first == second else f"{first} - {second}" for first, second in sides)


def policy_table(cells: Cells) -> Table | None:
    """WER under the three failure policies; `None` where nothing failed and all agree."""
    if not any(cells.value(key, "trials.failed") for key in cells.groups):
        return None
    columns = (*GROUP_KEYS, "answered only", "failures as all-deleted", "answered by every engine")
    metrics = ("wer", "wer.failures_deleted", "wer.common")
    rows = tuple(
        (*key, *(with_interval(cells.get(key, metric), percent) for metric in metrics)) for key in cells.groups
    )
    table = Table(title="WER by failure policy", columns=columns, rows=rows, numeric=frozenset(columns[5:]))
    return table.without_constant(("corpus", "language"))


def failure_table(cells: Cells) -> Table | None:
    """Failures by kind; `None` where there are none."""
    prefix = "trials.failed."
    rows = []
    for key in cells.groups:
        kinds = [m.removeprefix(prefix) for (k, m) in cells._values if k == key and m.startswith(prefix)]
        for kind in kinds:
            rows.append(
                (*key, kind, count(cells.value(key, prefix + kind)), count(cells.value(key, "trials.attempted")))
            )
    if not rows:
        return None
    columns = (*GROUP_KEYS, "failure", "trials", "attempted")
    table = Table(title="Failures", columns=columns, rows=tuple(rows), numeric=frozenset(("trials", "attempted")))
    return table.without_constant(("corpus", "language"))


def contrast_table(cells: Cells) -> Table | None:
    """Paired differences; `None` where there are none."""
    grouped: dict[tuple[str, ...], dict[str, Estimate]] = {}
    for contrast, estimate in cells.contrasts:
        grouped.setdefault(contrast_names(contrast), {})[estimate.metric] = estimate
    if not grouped:
        return None
    columns = ("contrast", *GROUP_KEYS, "n", "WER difference", "CER difference", "latency p50", "latency p95")
    rows = tuple((*key, *_contrast_cells(found)) for key, found in grouped.items())
    table = Table(title="Paired differences", columns=columns, rows=rows, numeric=frozenset(columns[6:]))
    return table.without_constant(("corpus", "language"))


def _contrast_cells(found: Mapping[str, Estimate]) -> tuple[str, ...]:
    latency = {
        label: next((e for metric, e in found.items() if metric.endswith(f"{label}.difference")), None)
        for label in ("p50", "p95")
    }

    def signed(value: float | None) -> str:
        return seconds(value, signed=True)

    return (
        count(found["wer.difference"].n),
        with_interval(found["wer.difference"], points),
        with_interval(found["cer.difference"], points),
        with_interval(latency["p50"], signed),
        with_interval(latency["p95"], signed),
    )


def summary_table(cells: Cells) -> Table:
    """What the terminal shows: accuracy, and one latency of the mode."""
    columns = (*GROUP_KEYS, "WER", "CER", "S/D/I", "ok/empty/failed", "ms p50/p90/p95")
    rows = []
    for key in cells.groups:
        latency = "/".join(
            milliseconds(cells.value(key, f"{HEADLINE_LATENCY[key.mode]}.{p}")) for p in ("p50", "p90", "p95")
        )
        edits = "/".join(count(cells.value(key, f"words.{n}")) for n in ("substitutions", "deletions", "insertions"))
        trials = "/".join(count(cells.value(key, f"trials.{n}")) for n in ("answered", "empty", "failed"))
        wer, cer = (with_interval(cells.get(key, metric), percent) for metric in ("wer", "cer"))
        rows.append((*key, wer, cer, edits, trials, latency))
    table = Table(
        title="Summary",
        columns=columns,
        rows=tuple(rows),
        numeric=frozenset(columns[5:]),
        note="ms: batch = round trip of the request; stream = final after end of speech",
    )
    return table.without_constant(("corpus", "language"))


def all_tables(cells: Cells) -> Sequence[Table]:
    """Every table that has something to say, in reading order."""
    # Imported here because they build on this module.
    from bench.report.run.conditions import dose_table, term_contrast_table, terms_table
    from bench.report.run.latency import latency_table, more_latencies_table, peers_table, stability_table

    tables = (
        accuracy_table(cells),
        per_cluster_table(cells),
        failure_table(cells),
        policy_table(cells),
        latency_table(cells),
        stability_table(cells),
        more_latencies_table(cells),
        peers_table(cells),
        contrast_table(cells),
        terms_table(cells),
        term_contrast_table(cells),
        dose_table(cells),
    )
    return [table for table in tables if table is not None]
