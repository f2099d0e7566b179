"""Private characters that carry what punctuation means to a number through the steps; none is left in the end."""

from __future__ import annotations

import re

BARRIER = "\ue000"
"""A word by itself: punctuation stood here, and no number runs across it."""
POINT = "\ue001"
"""The decimal mark within a number."""
KEPT = "\ue002"
"""At the end of a word that must not be taken for a hesitation: `ER`."""
AFTER_DIGITS = ":"
"""Sorts behind all that begins with a digit, and before all that begins with a letter."""
HAS_MARKS = re.compile("[\ue000-\ue002]")


def without_marks(text: str, mark: str) -> str:
    """The text with the language's decimal mark for `POINT`, and nothing for the others."""
    return " ".join(text.replace(POINT, mark).replace(BARRIER, " ").replace(KEPT, "").split())
