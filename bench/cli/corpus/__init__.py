"""`bench corpus`: make, check and cut corpora. Each command is imported when it is called."""

from __future__ import annotations

import click

from bench.cli.lazy import LazyGroup

_COMMANDS = {
    "import": ("bench.cli.corpus.making:import_command", "Bring a corpus in from another format."),
    "validate": ("bench.cli.corpus.checking:validate_command", "Say what is wrong or doubtful, by line."),
    "stats": ("bench.cli.corpus.checking:stats_command", "Hours, speakers, words and speech rate, by group."),
    "sample": ("bench.cli.corpus.cutting:sample_command", "Draw a seeded sample, stratified by what you name."),
    "split": ("bench.cli.corpus.cutting:split_command", "Split by speaker: no speaker in two parts."),
    "lock": ("bench.cli.corpus.making:lock_command", "Freeze a corpus or a sample of it, to commit."),
    "terms": ("bench.cli.corpus.cutting:terms_command", "Propose domain terms, or mark those of a list."),
    "exclude": ("bench.cli.corpus.cutting:exclude_command", "Leave utterances out, on the record."),
    "align": ("bench.cli.align:align_command", "Set the times of words by forced alignment."),
    "init": ("bench.cli.init:corpus_init_command", "Is `bench init` now."),
}


@click.group("corpus", cls=LazyGroup, table=_COMMANDS)
def corpus_command() -> None:
    """Make, check and cut corpora. All of them are manifests: JSON Lines, one utterance a line.

    \b
    bench corpus import common-voice cv-corpus/ta corpora/cv-ta/manifest.jsonl --licence CC0-1.0
    bench corpus validate corpora/cv-ta/manifest.jsonl
    bench corpus sample corpora/cv-ta/manifest.jsonl --minutes 30 --by gender --out ta-30min.jsonl
    """
