"""One escaping door for each kind of output: what an engine, a manifest or a server says is text there, and no more.

Every function takes text from anyone and returns text that its format shows as it is and never obeys. Pages have
theirs in Jinja's autoescape.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""C0, C1, line separators, marks that turn the direction of writing, and what is no character."""
_XML_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]()|~#!$])")
_LINKS = re.compile(r"\b(https?|ftp|mailto|javascript|data|www)([:.])", re.IGNORECASE)
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(text: str) -> str:
    """One line for a terminal, a log or a file of lines: controls are shown as escapes, white space is single.

    No sequence can move the cursor, and no line can be read as a command by the runner of a CI.
    """
    return _harmless(" ".join(text.split()))


def lines(text: str) -> str:
    """The same of text of several lines, which stay lines."""
    return "\n".join(_harmless(each) for each in text.split("\n"))


def _harmless(text: str) -> str:
    shown = _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else "\ufffd", text)
    return _COMMAND.sub(lambda match: f"{match[1]}: " if match[1] is not None else "# #", shown)


def markdown(text: str) -> str:
    """A run of GitHub-flavoured Markdown, in a paragraph or a cell: no heading, link, image, element or mention."""
    shown = _MARKDOWN.sub(r"\\\1", line(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _LINKS.sub(r"\1&#8203;\2", shown.replace("@", "@&#8203;"))
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", shown)


def csv_cell(text: str) -> str:
    """A cell that a spreadsheet takes for text: one that would begin a formula begins with an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) and not _is_number(text) else text


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """A CSV file; `None` is an empty field."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([csv_cell(value) if isinstance(value, str) else value for value in row] for row in rows)
    return buffer.getvalue()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def xml_text(text: str) -> str:
    """Text of an element or an attribute, before it is escaped: without what XML 1.0 cannot hold.

    Source: XML 1.0, section 2.2, production 2.
    """
    return _XML_FORBIDDEN.sub("\ufffd", text)


def github_data(text: str) -> str:
    """The message of a GitHub workflow command.

    Source: actions/toolkit, packages/core/src/command.ts, escapeData.
    """
    return xml_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """A property of a GitHub workflow command, such as its title. Source: the same, escapeProperty."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")
