"""Putting the finals of a Pulse stream together: no fused words, no doubled spaces.

Finals usually end in a space, but not with formatting off, number formatting or redaction on, so that
neither plain concatenation nor a blind space is right. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
"""Scripts written without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han) and their punctuation."""


def join_finals(finals: Iterable[str], *, verbatim: bool = False) -> str:
    """Text of a session from its finals, in the order they came.

    A space goes between two finals unless there is white space at the seam already, or both sides are of
    a script written without spaces. Verbatim: as sent, without any rule.
    """
    if verbatim:
        return "".join(finals)
    text = ""
    for final in finals:
        stripped = final.strip()
        if not stripped:
            text = f"{text} " if final and text and not text[-1].isspace() else text
            continue
        text = f"{text.rstrip()}{_seam(text, final)}{stripped}{' ' if final[-1].isspace() else ''}"
    return text.strip()


def _seam(left: str, right: str) -> str:
    if not left:
        return ""
    spaced = left[-1].isspace() or right[0].isspace()
    unspaced_script = _UNSPACED.match(left[-1]) and _UNSPACED.match(right[0])
    return "" if unspaced_script and not spaced else " "
