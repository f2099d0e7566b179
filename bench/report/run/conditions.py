"""Tables of conditions: what they achieved (dose), and what became of domain terms. Formats; computes nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bench.report.tables import GROUP_KEYS, NONE, Cells, Table, contrast_names, count, percent, points, with_interval
from bench.scoring.estimates import dose_unit
from bench.types import Cell, Estimate

_FIRST_DOSES = ("snr_db", "active_level_dbfs", "clipped_fraction", "loss_rate")


def dose_table(cells: Cells) -> Table | None:
    """One row a condition: its mean dose, and the range where recordings differ; `None` where nothing was done to any.

    All engines and modes were sent the same audio, so the cell with most recordings speaks for all.
    """
    names = _ordered(cells.metric_names("dose.", ".mean"))
    best: dict[tuple[str, ...], Cell] = {}
    for key in cells.groups:
        known = best.get(key[2:])
        if known is None or _recordings(cells, key, names) > _recordings(cells, known, names):
            best[key[2:]] = key
    if len(names) <= 1:  # the level after everything is known of clean recordings too
        return None
    headings = tuple(_heading(name) for name in names)
    rows = tuple(
        (*place, count(_recordings(cells, key, names)), *(_spread(cells, key, name) for name in names))
        for place, key in best.items()
    )
    columns = (*GROUP_KEYS[2:], "n", *headings)
    note = "What each condition achieved, in the mean [least, largest]; SNR is against the active speech level."
    table = Table(title="Dose", columns=columns, rows=rows, numeric=frozenset(("n", *headings)), note=note)
    return table.without_constant(("corpus", "language"))


def _ordered(names: Iterable[str]) -> list[str]:
    known = sorted(set(names))
    return [name for name in _FIRST_DOSES if name in known] + [name for name in known if name not in _FIRST_DOSES]


def _recordings(cells: Cells, key: Cell, names: Iterable[str]) -> int:
    return max((found.n for name in names if (found := _dose(cells, key, name))), default=0)


def _dose(cells: Cells, key: Cell, name: str, statistic: str = "mean") -> Estimate | None:
    return cells.get(key, f"dose.{name}.{statistic}")


def _heading(name: str) -> str:
    unit = dose_unit(name)
    for ending in ("_dbfs", "_db", "_hz", "_kbps", "_lufs", "_s"):
        name = name.removesuffix(ending)
    return f"{name.replace('_', ' ')} ({unit})" if unit not in {"", "ratio"} else name.replace("_", " ")


def _spread(cells: Cells, key: Cell, name: str) -> str:
    found = [_dose(cells, key, name, statistic) for statistic in ("mean", "min", "max")]
    mean, low, high = (None if one is None else _number(name, one.value) for one in found)
    if mean is None:
        return NONE
    if low is None or high is None or low == high:
        return mean
    return f"{mean} [{low.removesuffix(' %')}, {high.removesuffix(' %')}]"


def _number(name: str, value: float | None) -> str:
    if dose_unit(name) == "ratio":
        return percent(value)
    if value is None:
        return NONE
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value + 0.0:.2f}"
    return text.removeprefix("-") if not float(text) else text.replace("-", "\N{MINUS SIGN}")


def terms_table(cells: Cells) -> Table | None:
    """Recall, precision and what was made up, by cell; `None` where the corpora have no terms."""
    rows = []
    for key in cells.groups:
        if not cells.value(key, "terms.said") and not cells.value(key, "terms.false_alarms"):
            continue
        alarms = [cells.value(key, f"terms.{name}") for name in ("false_alarms", "decoy_alarms")]
        rows.append(
            (
                *key,
                count(cells.value(key, "terms.said")),
                *(with_interval(cells.get(key, f"terms.{name}"), percent) for name in ("recall", "precision", "f1")),
                " / ".join(count(number) for number in alarms),
                with_interval(cells.get(key, "terms.false_alarm_rate"), percent),
                *(with_interval(cells.get(key, f"wer.{which}_terms"), percent) for which in ("with", "without")),
            )
        )
    if not rows:
        return None
    columns = (
        *GROUP_KEYS,
        *("said", "recall", "precision", "F1", "false alarms / decoys", "false alarms per word"),
        *("WER with terms", "WER without"),
    )
    note = (
        "All rows are searched for the same terms, whatever was sent. A false alarm is a term where it was not said; a "
        "decoy, one that is not in the reference at all."
    )
    table = Table(title="Domain terms", columns=columns, rows=tuple(rows), numeric=frozenset(columns[5:]), note=note)
    return table.without_constant(("corpus", "language"))


def term_contrast_table(cells: Cells) -> Table | None:
    """What a condition does to terms, less the first condition; `None` where the corpora have no terms."""
    metrics = ("terms.recall", "terms.precision", "terms.false_alarm_rate")
    grouped: dict[tuple[str, ...], dict[str, Estimate]] = {}
    for contrast, estimate in cells.contrasts:
        if estimate.metric.startswith("terms."):
            grouped.setdefault(contrast_names(contrast), {})[estimate.metric] = estimate
    if not grouped:
        return None
    columns = ("contrast", *GROUP_KEYS, "recall", "precision", "false alarms per word")
    rows = tuple(
        (*key, *(with_interval(found.get(f"{metric}.difference"), points) for metric in metrics))
        for key, found in grouped.items()
    )
    table = Table(title="Domain terms: paired differences", columns=columns, rows=rows, numeric=frozenset(columns[6:]))
    return table.without_constant(("condition", "corpus", "language"))
