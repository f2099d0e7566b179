"""`bench corpus align`: word times for a corpus, once, to be kept with it."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import say


@click.command("align")
@click.argument("manifest", type=Address(dir_okay=False, path_type=Path))
@click.option("--aligner", required=True, metavar="NAME", help="See: bench list aligners.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of the aligner; VALUE is YAML.")
@click.option("--out", type=Address(dir_okay=False, path_type=Path), required=True, help="Manifest to write.")
def align_command(manifest: Path, aligner: str, settings: tuple[str, ...], out: Path) -> None:
    """Find when each word was spoken, where the corpus does not say; word emission latency is measured by it.

    A config does the same for one run with `word_times: NAME`.

    \b
    bench corpus align my-calls/manifest.jsonl --aligner pocketsphinx --out my-calls/aligned.jsonl
    bench corpus align calls.jsonl --aligner recognizer --set engine=whisper \\
        --set 'settings={word_timestamps: true}' --out aligned.jsonl
    """
    from bench.aligners import make_aligner
    from bench.aligners.word_times import align_corpus
    from bench.config import overrides
    from bench.report.run.word_times import word_time_fact

    made = make_aligner(aligner, overrides.settings(settings))
    aligned = align_corpus(manifest, out, made, tell=lambda utterance: click.echo(f"  {utterance.id}", err=True))
    say(f"{out}: word times of {word_time_fact([aligned])}")
