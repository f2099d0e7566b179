"""The gate's verdict for people and for CI: terminal, Markdown, JUnit XML, GitHub, JSON. Formats; decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from xml.etree import ElementTree

from bench.comparison.broken import Broken
from bench.comparison.gate import Check, Outcome, Verdict
from bench.report.escape import github_data, github_property, line, markdown, xml_text
from bench.report.markdown import table_to_markdown
from bench.report.metric_numbers import demand, difference_format, value_format
from bench.report.phrases import plural
from bench.report.tables import NONE, Table, count
from bench.report.terminal import table_to_text, wrapped
from bench.scoring.cells import CELL_KEYS

_MARKS = {
    Outcome.PASS: "✅ pass",
    Outcome.REGRESSED: "❌ regressed",
    Outcome.INCONCLUSIVE: "❔ inconclusive",
    Outcome.INVALID: "⛔ invalid",
}
_LEVELS = {Outcome.REGRESSED: "error", Outcome.INCONCLUSIVE: "warning", Outcome.INVALID: "error"}
_MEANINGS = {
    Outcome.PASS: "Every rule is shown to hold.",
    Outcome.REGRESSED: "At least one rule is shown to be broken.",
    Outcome.INCONCLUSIVE: "Nothing is shown to be broken, but not every rule is shown to hold.",
    Outcome.INVALID: "These runs cannot be judged.",
}


def verdict_table(verdict: Verdict) -> Table:
    """One row per rule and cell."""
    columns = ("verdict", "rule", *CELL_KEYS, "baseline", "candidate", "difference", "n", "speakers", "why")
    rows = tuple(
        (
            check.outcome.value,
            demand(check.rule),
            *(check.cell.get(key, "any") for key in CELL_KEYS),
            value_format(check.rule.metric)(check.baseline),
            value_format(check.rule.metric)(check.candidate),
            _difference(check),
            count(check.n),
            count(check.n_clusters) if check.n_clusters else NONE,
            check.reason,
        )
        for check in verdict.checks
    )
    note = "Brackets: one-sided bounds of the difference, each wrong with probability alpha."
    table = Table(
        title="Gate",
        columns=columns,
        rows=rows,
        numeric=frozenset(("baseline", "candidate", "difference", "n", "speakers")),
        note=note,
    )
    return table.without_constant(CELL_KEYS)


def _difference(check: Check) -> str:
    number = difference_format(check.rule.metric)
    if check.low is None or check.high is None:
        return number(check.difference)
    low, high = (number(bound).removesuffix(" pp") for bound in (check.low, check.high))
    return f"{number(check.difference)} [{low}, {high}]"


def headline(verdict: Verdict) -> str:
    """`REGRESSED: 1 of 4 rules ...` in one line."""
    outcomes = [check.outcome for check in verdict.checks]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome.value}" for outcome in Outcome if outcome in outcomes)
    return f"{verdict.outcome.value.upper()}: {_MEANINGS[verdict.outcome]}" + (f" ({counts})" if counts else "")


_GRAVITY = (Outcome.INVALID, Outcome.REGRESSED, Outcome.INCONCLUSIVE)


def to_terminal(verdict: Verdict, *, width: int, full: bool = False) -> str:
    """What failed, the gravest first; how many passed; the verdict last. `full`: every check as a table, too."""
    lines: list[str] = []
    for outcome in _GRAVITY:
        for check in verdict.checks:
            if check.outcome == outcome:
                lines += _told(check, width)
    passed = sum(check.outcome == Outcome.PASS for check in verdict.checks)
    if passed:
        lines.append(f"{passed} of {len(verdict.checks)} checks passed{'' if full else ' (--full lists them)'}")
    if full and verdict.checks:
        lines.append(table_to_text(verdict_table(verdict), width))
    lines += [each for reason in verdict.reasons for each in wrapped(f"! {reason}", width, rest="  ")]
    return "\n".join([*lines, *wrapped(headline(verdict), width)])


def _told(check: Check, width: int) -> list[str]:
    """One check in two or three lines: what was asked of which cell, the numbers, and why."""
    cell = ", ".join(check.cell.get(key, "any") for key in CELL_KEYS)
    facts = numbers(check)
    head = line(f"{check.outcome.value.upper()} {demand(check.rule)} ({cell})")
    return [*wrapped(head, width, rest="    "), *wrapped(line(facts), width, first="    ", rest="    ")]


def to_few_lines(verdict: Verdict) -> str:
    """The gravest check with its numbers, the verdict, and what it is about: what a failed test says."""
    checks = sorted(
        (check for check in verdict.checks if check.outcome != Outcome.PASS),
        key=lambda check: _GRAVITY.index(check.outcome),
    )
    told = [f"{where(checks[0])}: {numbers(checks[0])}"] if checks else list(verdict.reasons[:1])
    if len(checks) > 1:
        told[0] += f" (and {len(checks) - 1} more)"
    return "\n".join(line(each) for each in (*told, headline(verdict)))


def numbers(check: Check) -> str:
    """`12.0 % -> 14.5 %; difference +2.50 pp [+1.2, +3.8]; n 300; why` in one line."""
    number = value_format(check.rule.metric)
    was = "" if check.baseline is None else f"{number(check.baseline)} -> "
    value = "" if check.candidate is None else f"{was}{number(check.candidate)}"
    change = "" if check.difference is None else f"difference {_difference(check)}"
    amount = f"n {count(check.n)}" if check.n else ""
    return "; ".join(part for part in (value, change, amount, check.reason) if part)


def to_markdown(verdict: Verdict, *, title: str, broken: Sequence[Broken] = (), num_broken: int = 0) -> str:
    """For a pull request's comment or a step's summary; long tables fold.

    `broken`: the worst of the `num_broken` sentences that are newly wrong; none: only their number is told.
    """
    parts = [f"### {_MARKS[verdict.outcome]}: {title}", _MEANINGS[verdict.outcome]]
    parts += [f"- {reason}" for reason in verdict.reasons]
    wrong = [check for check in verdict.checks if check.outcome != Outcome.PASS]
    parts += [f"- **{check.outcome.value}** {where(check)}: {numbers(check)}" for check in wrong]
    if num_broken:
        worst = ", the worst:" if 0 < len(broken) < num_broken else ""
        parts.append(f"**Newly broken: {plural(num_broken, 'sentence')}**{worst}")
    if broken:
        parts.append("\n".join(_broken(each) for each in broken))
    if verdict.checks:
        body = table_to_markdown(verdict_table(verdict)).partition("\n\n")[2]
        parts.append(f"<details><summary>{len(verdict.checks)} checks</summary>\n\n{body}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _broken(each: Broken) -> str:
    heard = "failed" if each.hypothesis is None else markdown(each.hypothesis.strip()) or "(nothing)"
    cell_name = ", ".join((each.cell.engine, each.cell.mode, each.cell.condition))
    return (
        f"- {each.delta:+g} words, {markdown(each.utterance_id)} ({markdown(cell_name)})<br>"
        f"said: {markdown(each.reference)}<br>heard: {heard}"
    )


def where(check: Check) -> str:
    """The rule and its cell in one line."""
    return f"{demand(check.rule)} ({', '.join(check.cell.values())})"


def to_junit(verdict: Verdict, *, title: str, started_at: str = "", took_s: float | None = None) -> str:
    """One test case per check, with its numbers in message and properties: regressed is a failure; inconclusive and
    invalid are errors, since neither is a pass. `took_s`: seconds of the run, which are the suite's.

    Source: the JUnit schema as Jenkins, GitHub and GitLab read it.
    """
    suite = ElementTree.Element("testsuite", name=xml_text(title))
    if started_at:
        suite.set("timestamp", xml_text(started_at))
    if took_s is not None:
        suite.set("time", f"{took_s:.3f}")
    for check in verdict.checks:
        class_name = ".".join(check.cell.values()).replace(" ", "_")
        name = xml_text(demand(check.rule))
        case = ElementTree.SubElement(suite, "testcase", classname=f"bench.gate.{xml_text(class_name)}", name=name)
        properties = ElementTree.SubElement(case, "properties")
        for key in ("baseline", "candidate", "difference", "low", "high", "n", "n_clusters"):
            if getattr(check, key) is not None:
                ElementTree.SubElement(properties, "property", name=key, value=f"{getattr(check, key):.9g}")
        _result(case, check.outcome, numbers(check))
    for reason in verdict.reasons:
        case = ElementTree.SubElement(suite, "testcase", classname="bench.gate", name="comparable")
        _result(case, verdict.outcome, reason)
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _result(case: ElementTree.Element, outcome: Outcome, reason: str) -> None:
    if outcome != Outcome.PASS:
        kind = "failure" if outcome == Outcome.REGRESSED else "error"
        ElementTree.SubElement(case, kind, type=outcome.value, message=xml_text(reason))


def to_annotations(verdict: Verdict) -> Iterator[str]:
    """Workflow commands that GitHub shows beside the checks.

    Source: GitHub Docs, "Workflow commands for GitHub Actions" (escaping of `%`, newline, `:` and `,`).
    """
    for reason in verdict.reasons:
        yield _annotation("error", "bench gate: invalid", reason)
    for check in verdict.checks:
        if check.outcome != Outcome.PASS:
            title = f"bench gate: {check.outcome.value}"
            yield _annotation(_LEVELS[check.outcome], title, f"{where(check)}: {numbers(check)}")


def _annotation(level: str, title: str, message: str) -> str:
    return f"::{level} title={github_property(title)}::{github_data(message)}"


def to_json(verdict: Verdict, *, about: Mapping[str, str] | None = None) -> str:
    """Everything the verdict rests on, as numbers."""
    checks: Sequence[Check] = verdict.checks
    content = {
        "verdict": verdict.outcome.value,
        "reasons": verdict.reasons,
        **(about or {}),
        "checks": [{"demand": demand(check.rule), **asdict(check)} for check in checks],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
