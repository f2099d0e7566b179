"""What anyone says is text in every output, and never a command, a formula, an element or a link."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench.report import escape

TEXTS = st.text(st.characters(), max_size=60)
HOSTILE = (
    "# heading",
    "a\n# heading",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/a.png)",
    "[x](javascript:alert(1))",
    "https://evil.example/a",
    "www.evil.example",
    "| a | b |",
    "`code` *bold* _em_ ~~gone~~",
    "1. item",
    "- item",
    "+ item",
    "> quote",
    "&lt;b&gt; &#60;b&#62;",
    "\x1b[31mred\x1b[0m \x07 \x9b31m \x1b]8;;https://evil.example\x07link",
    "::set-output name=x::y",
    "a\n  ::error::x",
    "a\r::error::x",
    "##[error]x",
    "\u202egnp.exe",
    "\ud800",
    "=cmd|'/c calc'!A1",
)
ALLOWED_TAGS = {"p"}


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_is_text(text: str):
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(escape.markdown(text))
    tags = set(re.findall(r"</?([a-z0-9]+)", page))
    assert tags <= ALLOWED_TAGS, page
    cell = MarkdownIt("gfm-like", {"linkify": False}).render(f"| a |\n| --- |\n| {escape.markdown(text)} |")
    assert cell.count("<td>") == 1
    assert set(re.findall(r"</?([a-z0-9]+)", cell)) <= {"table", "thead", "tbody", "tr", "th", "td"}


@given(TEXTS)
def test_markdown_of_anything_is_one_paragraph(text: str):
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(escape.markdown(text))
    assert set(re.findall(r"</?([a-z0-9]+)", page)) <= ALLOWED_TAGS


@given(TEXTS | st.sampled_from(HOSTILE))
def test_a_line_moves_no_cursor_and_commands_nothing(text: str):
    for shown in (escape.line(text), *escape.lines(text).split("\n")):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", shown)
        assert not shown.lstrip().startswith("::")
        assert "##[" not in shown
        shown.encode()


@given(TEXTS | st.sampled_from(HOSTILE))
def test_xml_is_well_formed_whatever_is_said(text: str):
    case = ElementTree.Element("testcase", name=escape.xml_text(text))
    case.text = escape.xml_text(text)
    ElementTree.fromstring(ElementTree.tostring(case, encoding="utf-8"))


@given(TEXTS | st.sampled_from(HOSTILE))
def test_a_github_command_is_one_command(text: str):
    command = f"::error title={escape.github_property(text)}::{escape.github_data(text)}"
    assert "\n" not in command
    assert "\r" not in command
    title = command.removeprefix("::error title=").partition("::")[0]
    assert ":" not in title
    assert "," not in title


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_a_formula_is_text_in_a_spreadsheet(text: str):
    assert escape.csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1.5", "+2", "-0.25", "1e-3", "", "a=b", "-inf"])
def test_numbers_and_plain_text_stay(text: str):
    assert escape.csv_cell(text) == text


@given(TEXTS)
def test_a_cell_reads_back(text: str):
    buffer = io.StringIO()
    csv.writer(buffer).writerow([escape.csv_cell(text)])
    assert not next(iter(csv.reader(io.StringIO(buffer.getvalue(), newline=""))), [""])[0].startswith(("=", "@"))
