"""report.html of a run: one file that opens from disk, or a page that leads to a folder of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from bench.report.page import Box, Page, packed, page_html
from bench.report.phrases import plural
from bench.report.run import how
from bench.report.run.answers import answer, answer_of
from bench.report.run.columns import failure_list
from bench.report.run.columns import shards as trial_shards
from bench.report.run.data import RunData
from bench.report.run.limits import limits
from bench.report.run.numbers import figures
from bench.report.run.sections import built
from bench.report.run.tables.rules import text_rules
from bench.store import RunFolder

ONE_FILE_TRIALS = 100_000
ONE_FILE_BYTES = 20_000_000
"""What is larger goes into a folder."""
SHARD_TRIALS = 20_000


def to_html(data: RunData) -> str:
    """The whole page as one file."""
    packed_shards = [packed(shard) for shard in trial_shards(data, SHARD_TRIALS)]
    clips = {PurePosixPath(path).name: _base64(content) for path, content in data.clip_files.items()}
    return page_html(content(data, shards=packed_shards, clips=clips))


def write_page(data: RunData, folder: RunFolder) -> Path:
    """report.html; of a run too large for one file, a page that leads to report/index.html."""
    if len(data.rows) <= ONE_FILE_TRIALS:
        page = to_html(data)
        if len(page) <= ONE_FILE_BYTES:
            return folder.write_text("report.html", page)
    index = write_folder(data, folder.new_folder("report"))
    folder.write_text("report.html", _LEADS_ON)
    return index


_LEADS_ON = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Earwitness</title>'
    '<meta http-equiv="refresh" content="0; url=report/index.html">'
    '<p>This report is a folder: <a href="report/index.html">report/index.html</a></p></html>\n'
)


def write_folder(data: RunData, folder: Path) -> Path:
    """index.html with shards of trials and clips beside it, in an empty folder; opens from disk."""
    names = []
    (folder / "data").mkdir()
    for number, shard in enumerate(trial_shards(data, SHARD_TRIALS)):
        names.append(f"{number:04}.js")
        (folder / "data" / names[-1]).write_text(shard_script(packed(shard)), encoding="utf-8")
    (folder / "audio").mkdir()
    for path, sound in data.clip_files.items():
        (folder / "audio" / PurePosixPath(path).name).write_bytes(sound)
    index = folder / "index.html"
    index.write_text(page_html(content(data, shard_files=names)), encoding="utf-8")
    return index


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def content(
    data: RunData,
    *,
    shards: Sequence[str] = (),
    shard_files: Sequence[str] = (),
    clips: Mapping[str, str] | None = None,
) -> Page:
    """Everything the page says.

    Args:
        data: the run.
        shards: packed trials that go into the page.
        shard_files: names of those that lie beside it.
        clips: base64 of the sound that goes into the page, by name.
    """
    valid = data.validity.valid
    rules = text_rules(data)
    return Page(
        title=data.name,
        description=data.description,
        badge=(valid, "valid: the harness kept its pace" if valid else "INVALID: latency must not be believed"),
        facts=tuple(_facts(data)),
        boxes=tuple(_boxes(data)),
        limits=tuple(limits(data)),
        sections=tuple(built(data)),
        measured=tuple(how.facts(data)),
        rules={"pivots": rules} if rules else None,
        commands=how.commands(data),
        downloads=how.REDACTED_DOWNLOADS if data.redacted else how.DOWNLOADS,
        beside="../" if shard_files else "",
        glossary=how.GLOSSARY,
        data={**figures(data), "failures": failure_list(data), "clips": _clips(data), "shards": list(shard_files)},
        shards=tuple(shards),
        clips=clips or {},
    )


def _clips(data: RunData) -> dict[str, dict[str, str]]:
    """Names of clips by utterance, and then by `recorded` or the number of a condition."""
    conditions = {name: str(k) for k, name in enumerate(data.conditions)}
    played = {}
    for key, clip in data.clips.utterances.items():
        paths = {"recorded": clip.recorded, **{conditions[name]: path for name, path in clip.sent.items()}}
        played[key] = {
            name: PurePosixPath(path).name for name, path in paths.items() if path and path in data.clip_files
        }
    return played


def _boxes(data: RunData) -> list[Box]:
    boxes = [Box(speech="all", sentences=tuple(answer(data)))]
    if len(data.speech) > 1:
        boxes += [Box(speech=str(k), sentences=tuple(answer_of(data, speech))) for k, speech in enumerate(data.speech)]
    return boxes


def _facts(data: RunData) -> list[str]:
    used = data.rows.texts("utterance_id").used()
    spoken = [data.utterances[key] for key in used]
    speakers = len({utterance.cluster for utterance in spoken if utterance.cluster is not None})
    unknown = sum(utterance.cluster is None for utterance in spoken)
    minutes = sum(utterance.duration_s for utterance in spoken) / 60
    told = plural(speakers, "speaker") if speakers else ""
    untold = f"{unknown:,} without a speaker" if unknown else ""
    facts = [
        plural(len(used), "utterance"),
        ", ".join(part for part in (told, untold) if part),
        f"{minutes:.1f} min of speech" if minutes < 90 else f"{minutes / 60:.1f} h of speech",
        plural(len(data.rows), "trial"),
        plural(len(data.engines), "engine"),
        data.environment.started_at[:16].replace("T", " "),
    ]
    return [fact for fact in facts if fact]


def shard_script(text: str) -> str:
    """A shard as a file beside the page."""
    return f"earwitnessShard({json.dumps(text)});\n"
