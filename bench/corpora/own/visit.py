"""A visit to a folder of someone's own recordings: look through it, write or fill its sheet, make its manifest.

Each visit takes it as far as it can be taken: what has no reference yet waits in the sheet for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.corpora.manifest import Header, load_manifest
from bench.corpora.own.adopt import Adopted, adopt, script_mismatch
from bench.corpora.own.sheet import Draft, WrittenSheet, filled_rows, update_sheet
from bench.corpora.own.speakers import read_speakers
from bench.corpora.own.survey import SPEAKERS, Survey, survey
from bench.corpora.validate import Validation, validate


class VisitListener(Protocol):
    """Is told how far a visit is."""

    def working(self, what: str) -> None:
        """What is being worked on."""

    def surveyed(self, survey: Survey) -> None:
        """What lies in the folder."""

    def written(self, sheet: WrittenSheet) -> None:
        """What was done to the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedFolder:
    """What became of the folder."""

    adopted: Adopted
    validation: Validation
    """Of its manifest."""
    language: str
    other_scripts: Mapping[str, int]
    """References by the script most of their letters are in, where it is none of the language's."""


def visit(
    folder: Path,
    language: str,
    listener: VisitListener,
    *,
    licence: str,
    name: str | None = None,
    speaker_from: str | None = None,
    speakers: Path | None = None,
    longest_s: float | None = None,
    draft: Draft | None = None,
    draft_engine: str = "",
    accept_drafts: bool = False,
) -> VisitedFolder | None:
    """Make the manifest of a folder; `None`: nothing in it has a reference yet.

    Args:
        folder: of recordings.
        language: BCP-47, of all of them.
        listener: is told what goes on.
        licence: shown in every report.
        name: of the corpus; `None`: the folder's.
        speaker_from: pattern of file names that says who speaks.
        speakers: table of who speaks; `None`: the folder's own, if it has one.
        longest_s: recordings without transcript are cut at pauses into clips no longer; `None`: they are kept whole.
        draft: fills the sheet's drafts.
        draft_engine: what drafts.
        accept_drafts: rows without text take their draft.

    Raises:
        ManifestError: with every problem.
    """
    beside = folder / SPEAKERS
    known = read_speakers(speaker_from, speakers or (beside if beside.exists() else None))
    listener.working(f"looking through {folder}")
    looked = survey(folder)
    listener.surveyed(looked)
    if looked.without_transcript or looked.sheet:
        listener.written(
            update_sheet(
                looked, known, longest_s=longest_s, draft=draft, draft_engine=draft_engine, tell=listener.working
            )
        )
        looked = survey(folder)
    if len(looked.without_transcript) == len(looked.recordings) and not _has_text(looked, accept_drafts):
        return None
    header = Header(name=name or folder.resolve().name, licence=licence, source="own recordings", synthetic=False)
    adopted = adopt(looked, header, language, known, accept_drafts=accept_drafts, tell=listener.working)
    utterances = load_manifest(adopted.manifest).utterances
    return VisitedFolder(
        adopted=adopted,
        validation=validate(adopted.manifest),
        language=utterances[0].language,
        other_scripts=script_mismatch(utterances),
    )


def _has_text(looked: Survey, accept_drafts: bool) -> bool:
    return looked.sheet is not None and any(text for *_, text in filled_rows(looked.sheet, accept_drafts=accept_drafts))
