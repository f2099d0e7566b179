"""`bench site`: a static site for language communities."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import say


@click.group("site")
def site_command() -> None:
    """A static site of scored runs, for a language community."""


@site_command.command("build")
@click.argument("runs", nargs=-1, required=True, type=Address(path_type=Path))
@click.option("--out", required=True, type=Address(path_type=Path, file_okay=False), help="Folder to write.")
@click.option("--redact", is_flag=True, help="Without texts, sound, and names of speakers, files and folders.")
def build(runs: tuple[Path, ...], out: Path, redact: bool) -> None:
    """Write a site: languages by engines, a page for each language, engine and run, and the numbers for machines.

    \b
    bench site build submissions/*/ --out site
    bench site build reports/hi reports/ta --out site --redact

    It opens from disk (index.html) and needs no network. Runs that cannot be compared are refused with reasons. Errors
    to hear are those whose clips the runs hold: bench report makes them, where the recordings are.
    """
    from bench.report.phrases import plural
    from bench.report.site import build_site

    site = build_site(runs, out, redact=redact)
    for name in site.silent:
        say(f"{name}: no sound; where its recordings are: bench report {name}")
    counted = f"{plural(site.languages, 'language')}, {plural(site.engines, 'engine')}, {plural(site.runs, 'run')}"
    say(f"site: {site.index} ({counted})")
