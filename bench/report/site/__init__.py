"""A static site for language communities: languages by engines, a page each, from scored runs.

It opens from disk and needs no network. It formats; what it says is computed by `leaderboard` and by scoring.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import Problem, UsageError
from bench.report.site.gather import SiteData, gather
from bench.report.site.pages import html_pages, markdown
from bench.report.site.tables import SCHEMA, TABLES, rows_of, to_csv, to_json
from bench.store import RunFolder
from bench.store.redacted import mark_redacted
from bench.store.tables import write_table

_MARK = ".earwitness-site"
"""A file that says that a folder is a site, so that it may be built anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that was written."""

    index: Path
    languages: int
    engines: int
    runs: int
    silent: tuple[str, ...]
    """Runs without sound to play: their clips were not made, or their recordings are not here."""


def build_site(runs: Sequence[Path], out: Path, *, redact: bool = False) -> Site:
    """Write the site of these scored runs into a folder; a site that was there is replaced.

    Args:
        runs: run folders.
        out: a new or empty folder, or that of a site.
        redact: without texts, sound, names of speakers, files and folders, and tags.

    Raises:
        ConfigError: with every reason why the runs cannot be compared.
        RunFolderError: if one is no run, or not scored.
        UsageError: if the folder holds something else.
    """
    folders = [RunFolder.open(run) for run in runs]
    data = gather(folders, redact=redact)
    _clear(out)
    for path, text in html_pages(data).items():
        _write(out / path, text)
    _write(out / "index.md", markdown(data))
    _write_data(data, out / "data")
    for heard in (example for own in data.heard.values() for example in own):
        if heard.clip is not None and heard.sound is not None:
            (out / "audio").mkdir(exist_ok=True)
            (out / "audio" / heard.clip).write_bytes(heard.sound)
    for run in data.runs:
        _write_run(run.folder, out / "runs" / run.slug, redact=redact)
    if redact:
        mark_redacted(out)
    silent = (
        ()
        if redact
        else tuple(run.name for run in data.runs if not (known := run.folder.clips()) or not known.utterances)
    )
    return Site(
        index=out / "index.html",
        languages=len(data.languages),
        engines=len(data.engines),
        runs=len(data.runs),
        silent=silent,
    )


def _clear(out: Path) -> None:
    """Make room; only what a site was built into may be emptied."""
    if out.is_dir() and any(out.iterdir()):
        if not (out / _MARK).is_file():
            raise UsageError(Problem(str(out), "a new folder, or one of a site", "other files", "choose another --out"))
        shutil.rmtree(out)
    _write(out / _MARK, f"{SCHEMA}\n")
    _write(out / ".nojekyll", "")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_data(data: SiteData, folder: Path) -> None:
    tables = rows_of(data)
    folder.mkdir(parents=True)
    _write(folder / "site.json", to_json(data, tables))
    for name, rows in tables.items():
        _write(folder / f"{name}.csv", to_csv(name, rows))
        columns = {column: kind for column, (kind, _) in TABLES[name].items()}
        write_table(folder / f"{name}.parquet", columns, rows)


def _write_run(folder: RunFolder, target: Path, *, redact: bool) -> None:
    """The report of a run, with the files that it names."""
    from bench.report.run.data import read
    from bench.report.run.markdown import to_markdown
    from bench.report.run.page import write_page
    from bench.report.run.redact import redacted
    from bench.report.run.summary_table import to_csv as summary

    data = read(folder)
    if redact:
        data = redacted(data)
    target.mkdir(parents=True)
    written = RunFolder(target)
    write_page(data, written)
    written.write_text("report.md", to_markdown(data))
    written.write_text("summary.csv", summary(data.estimates))
    if not redact:
        for name in ("estimates.json", "scores.parquet", "analysis.json"):
            shutil.copyfile(folder.path / name, target / name)


__all__ = ["Site", "build_site"]
