"""The `bench` command: a table of subcommands, each imported only when it is called.

Thin: parsing, and calls into the parts. Exit codes are those of `errors.ExitCode`.
"""

from __future__ import annotations

import sys

import click

from bench import __version__
from bench.cli.ending import ended
from bench.cli.lazy import RootGroup

_COMMANDS = {
    "init": (
        "bench.cli.init:init_command",
        "Begin here: a folder of your own recordings becomes a corpus and a config.",
    ),
    "view": ("bench.cli.view:view", "Show a run in the browser, while it goes on and afterwards."),
    "annotate": ("bench.cli.annotate:annotate_command", "Hear your clips, and write down what is said."),
    "run": ("bench.cli.run:run", "Run a config: transcribe, score, report."),
    "import-answers": (
        "bench.cli.import_answers:import_answers_command",
        "Score transcripts you already have.",
    ),
    "engine": ("bench.cli.engine:engine_command", "Check a description of a vendor or of your own server."),
    "try": ("bench.cli.try_:try_command", "One recording, or the microphone, through an engine, as it comes."),
    "snippet": ("bench.cli.snippet:snippet_command", "Print a working integration, in Python or Node."),
    "demo": ("bench.cli.demo:demo_command", "Write a corpus, a config and gate rules that need no key."),
    "emulate": ("bench.cli.emulate:emulate_command", "Serve the Pulse API from this machine."),
    "doctor": ("bench.cli.doctor:doctor", "Check a service before an integration goes to production."),
    "score": ("bench.cli.score:score", "Score a run again: no network, no audio."),
    "report": ("bench.cli.report:report", "Write the report of a scored run."),
    "load": ("bench.cli.load:load_command", "Put concurrent sessions on engines, and find their limit."),
    "calibrate": ("bench.cli.calibrate:calibrate_command", "Measure this harness's own latency error."),
    "condition": ("bench.cli.condition:condition", "Listen to conditions, and look at them."),
    "prepare": ("bench.cli.prepare:prepare_command", "Fetch corpora, once."),
    "corpus": ("bench.cli.corpus:corpus_command", "Import, validate, sample, split, lock your corpora."),
    "compare": ("bench.cli.compare:compare", "What changed between two runs, and which utterances."),
    "baseline": ("bench.cli.baseline:baseline_command", "Keep a run to hold later ones against."),
    "gate": ("bench.cli.gate:gate", "Is this run worse than the baseline? For CI."),
    "power": ("bench.cli.power:power", "How small a difference a corpus can show."),
    "leaderboard": ("bench.cli.leaderboard:leaderboard", "Rank engines per language, from one run or many people's."),
    "site": ("bench.cli.site:site_command", "A static site of runs, for a language community."),
    "submission": ("bench.cli.submission:submission_command", "Check a run that was sent to you."),
    "history": ("bench.cli.history:history", "The trend of every metric over many runs."),
    "list": ("bench.cli.listing:list_command", "Engines, corpora, conditions, metrics and normalisers by name."),
}
"""name -> (module:command, one line of help); so that `bench --help` imports none of them."""


@click.group(cls=RootGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bench")
def app() -> None:
    """Will this speech-to-text system work on your users' audio?

    \b
    bench run configs/quickstart.yaml        run, score and report
    bench run my.yaml --dry-run              check everything, call nothing
    bench report reports/my-run              make the report again
    """


def main() -> None:
    """Run the command, and exit with one of `ExitCode`."""
    sys.exit(ended(lambda: app(standalone_mode=False)))
