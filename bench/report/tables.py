"""Numbers as text, and Estimates as tables. The only place that formats numbers. Pure.

A missing value is `–`; an interval stands in brackets behind its value, in the same unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bench.types import Estimate, Interval

NONE = "–"
P95_NEEDS, P99_NEEDS = 20, 100
"""A percentile of fewer values is the largest of them, and is not shown."""


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
    hints: Mapping[str, str] = field(default_factory=dict)
    """What a column is, in a line, by its name; shown on hover."""

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
            hints=self.hints,
        )


class Struck(str):
    """A number that must not be believed: greyed and struck where a format can."""

    struck = True


class Missing(str):
    """A dash, and why there is no number; a page shows the reason on hover."""

    why: str

    def __new__(cls, why: str) -> Missing:
        dash = super().__new__(cls, NONE)
        dash.why = why
        return dash


def or_why(text: str, why: str) -> str:
    """The number; or, where it is a dash, why."""
    return Missing(why) if text == NONE else text


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
    """Below 1 s in milliseconds, else in seconds: 0.2345 -> `235 ms`, 2.345 -> `2.35 s`, 12.34 -> `12.3 s`."""
    if value is None:
        return NONE
    size = abs(value)
    text = f"{size * 1000:.0f} ms" if size < 0.9995 else f"{size:.2f} s" if size < 9.995 else f"{size:.1f} s"
    return f"{_sign(value, signed) if text != '0 ms' else ''}{text}"


def milliseconds(value: float | None) -> str:
    """Seconds as a bare number of milliseconds: 0.2345 -> `234`."""
    return NONE if value is None else f"{value * 1000:.0f}"


_WHOLE_FROM = 999.5
"""What three digits would write as `1e+03`."""


def ratio(value: float | None, *, signed: bool = False) -> str:
    """A plain number with three significant digits, whole from 1,000: 0.01234 -> `0.0123`, 1234.5 -> `1,234`."""
    if value is None:
        return NONE
    sign = "+" if signed else ""
    return f"{value:{sign},.0f}" if abs(value) >= _WHOLE_FROM else f"{value:{sign}.3g}"


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
