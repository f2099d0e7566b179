"""What the doctor found, as text and as Markdown to send to a vendor. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from bench.engines.secrets import masked
from bench.report.escape import markdown

_GRAVEST_FIRST = ("fail", "unknown", "warn", "pass")


class FindingLike(Protocol):
    """A line of an examination (`bench.doctor.finding.Finding`, which reaches sockets that a report must not)."""

    @property
    def verdict(self) -> str: ...

    @property
    def check(self) -> str: ...

    @property
    def seen(self) -> str: ...

    @property
    def advice(self) -> str: ...


def to_markdown(title: str, findings: Sequence[FindingLike]) -> str:
    """The findings, the gravest first."""
    return "\n".join([f"# bench doctor: {markdown(title)}", "", *_sections(findings)])


def _sections(findings: Sequence[FindingLike]) -> Iterator[str]:
    for verdict in _GRAVEST_FIRST:
        alike = [finding for finding in findings if finding.verdict == verdict]
        if alike:
            yield f"## {len(alike)} {verdict}"
            yield ""
            yield from map(_bullet, alike)
            yield ""


def _bullet(finding: FindingLike) -> str:
    advice = f" To do: {markdown(finding.advice)}." if finding.advice else ""
    return f"- **{finding.check}**: {markdown(masked(finding.seen))}.{advice}"


def summary(findings: Sequence[FindingLike]) -> str:
    """How many findings of each verdict."""
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(_GRAVEST_FIRST))
