"""The mark of a folder whose content was redacted: it holds numbers, and nothing that could be scored again."""

from __future__ import annotations

import json
from pathlib import Path

REDACTED_FILE = "redacted.json"
_ABOUT = {
    "schema": "earwitness.redacted/1",
    "removed": ["texts", "audio", "utterance ids", "file names", "speakers", "tags", "terms", "messages of failures"],
}


def mark_redacted(folder: Path) -> None:
    """Say in the folder what was taken out of it."""
    (folder / REDACTED_FILE).write_text(json.dumps(_ABOUT, indent=2) + "\n", encoding="utf-8")


def is_redacted(folder: Path) -> bool:
    """Whether it says so."""
    return (folder / REDACTED_FILE).is_file()
