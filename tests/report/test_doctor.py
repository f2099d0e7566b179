"""What the doctor found, as it is sent to a vendor."""

from bench.doctor.finding import Finding
from bench.report.doctor import summary, to_markdown

FINDINGS = (
    Finding(check="first", verdict="pass", seen="as it should be"),
    Finding(check="second", verdict="fail", seen="<b>words</b> lost", advice="report it"),
    Finding(check="third", verdict="warn", seen="slow"),
)


def test_the_gravest_come_first_and_nothing_is_markup() -> None:
    text = to_markdown("http://here", FINDINGS)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## 1 fail", "## 1 warn", "## 1 pass"]
    assert "<b>" not in text
    assert "To do: report it." in text


def test_verdicts_are_counted() -> None:
    assert summary(FINDINGS) == "1 pass, 1 warn, 0 unknown, 1 fail"
