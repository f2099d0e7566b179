"""The public API: run a config, open a run, and what can be made of one. What users, the commands and notebooks call.

Everything heavy is imported when it is first asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import Problem, RunFolderError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bench.comparison.broken import Broken
    from bench.comparison.changes import Comparison
    from bench.comparison.gate import Verdict
    from bench.execution.limits import Stop
    from bench.execution.plan import Plan
    from bench.scoring.second_opinion import SecondOpinion
    from bench.store import Environment, Replan, RunFolder, RunSpec
    from bench.types import Result, Trial

Config = str | Path | Mapping[str, Any]
_MOST_BROKEN = 5
"""Sentences that a verdict shows."""
"""A file, one of the configs that come with the package by name, or the content of a file."""


def plan(
    config: Config,
    *,
    overrides: Sequence[str] = (),
    limit: int | None = None,
    needs_keys: bool = True,
    allow_keys: Sequence[str] = (),
    scratch: Path | None = None,
) -> Plan:
    """Check everything a run needs, and lay out its trials; calls no engine.

    Args:
        config: a file, one of the package's configs by name, or the content of a file.
        overrides: `key.sub=value`, as of `bench run --set`.
        limit: at most so many utterances of each corpus.
        needs_keys: whether the API keys of its engines must be there; not to look at a plan.
        allow_keys: `NAME=HOST`, as of `bench run --allow-key`: hosts that a key may be sent to besides its own.
        scratch: folder for corpora that are not there yet and need no download, to look at a plan alone; `None`: they
            are prepared where the run looks for them.

    Raises:
        ConfigError: with every problem found.
    """
    from bench.execution.keys import read_secrets
    from bench.execution.planning import load_plan

    planned = load_plan(config, overrides=overrides, limit=limit, scratch=scratch)
    if needs_keys:
        read_secrets(planned, os.environ, allow_keys)
    return planned


def run(
    config: Config | Plan,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    overrides: Sequence[str] = (),
    limit: int | None = None,
    replan: bool = False,
    reuse: Sequence[str | Path] = (),
    allow_keys: Sequence[str] = (),
    listener: Listener | None = None,
    executor: str | None = None,
    address: str | None = None,
) -> Run:
    """Run every trial of a config, and score it.

    Args:
        config: as of `plan`, or what `plan` returned.
        out: the run folder, or a URL such as `s3://bucket/run`; `None`: `reports/NAME-TIME`.
        resume: go on with the folder; where `out` is `None`, with the latest of this config's name.
        overrides: as of `plan`.
        limit: as of `plan`.
        allow_keys: as of `plan`.
        reuse: run folders, or folders of such, whose answers to the same questions are taken instead of asking:
            without latency, or replayed with it where they were recorded.
        replan: whether a plan that leaves out trials of the folder's own may take its place.
        listener: told how it goes on; what it raises ends the run.
        executor: by whom trials are run: `process`, this machine's; `ray`, a Ray cluster (extra `ray`); `None`: as
            the config says.
        address: of the cluster; `auto`: the one this machine is part of; `None`: one of this machine alone.

    Raises:
        ConfigError: with every problem of the config.
        RunFolderError: if the folder holds a run and is not to be resumed, or the other way round; or another run,
            or one of trials that this plan leaves out; or another process works on it.
        StorageError: if it cannot be written.
        KeyboardInterrupt: after Ctrl-C, with everything answered on disk; go on with `resume`.
    """
    from bench.execution.executors import executor as executor_of
    from bench.execution.keys import read_secrets
    from bench.execution.plan import Plan
    from bench.execution.stages import create, open_work
    from bench.remote import local, publishing

    listener = listener or Listener()
    planned = (
        config if isinstance(config, Plan) else plan(config, overrides=overrides, limit=limit, allow_keys=allow_keys)
    )
    listener.planned(planned)
    execute = executor_of(executor or planned.config.executor, address, allow_keys)
    folder = _run_folder(planned.config.name, out, resume)
    secrets = read_secrets(planned, os.environ, allow_keys)
    with execute:
        with folder.locked(), publishing(folder.path):
            _check_new(folder, resume)  # again: another machine may have been at work until now
            change = create(planned, folder, may_leave_out=replan)
            if change is not None:
                listener.replanned(change)
            with open_work(planned, folder, secrets, listener.finished, [local(each) for each in reuse]) as work:
                number = len(planned.trials)
                listener.started(folder.path, answered=number - len(work.trials), total=number)
                for stop in execute.run(work):
                    listener.stopped(stop)
            listener.scoring("putting the answers away", 0, 0)
            folder.seal()
        del config, planned, work  # the plan of a million trials takes half of what scoring them takes
        return Run(folder.path)._scored(tell=listener.scoring, score_parts=execute.score_parts)


class Listener:
    """Told how a run goes on; this one hears nothing."""

    def scoring(self, stage: str, done: int, total: int) -> None:
        """All trials are over, and so many of them are scored; of a stage without a count, `total` is 0."""

    def planned(self, plan: Plan) -> None:
        """First of all, of what is about to be run; who keeps it keeps it in memory while the run is scored."""

    def replanned(self, change: Replan) -> None:
        """Before the first call, of a run that goes on with another plan: what is kept, added and left out."""

    def stopped(self, stop: Stop) -> None:
        """At the end, of each reason for which trials were left without a result."""

    def started(self, path: Path, *, answered: int, total: int) -> None:
        """Before the first call: the run folder, how many of its trials are answered already, and of how many."""

    def finished(self, trial: Trial, result: Result) -> None:
        """Of each trial once its result is on disk, one at a time, in a thread that nothing paced waits for."""


def _run_folder(name: str, out: str | Path | None, resume: bool) -> RunFolder:
    from bench.remote import local
    from bench.store import RunFolder
    from bench.store.paths import new_path, newest

    if resume:
        path = local(out) if out else newest(name, marker="trials.jsonl", what="a run")
        return RunFolder.open(path)
    folder = RunFolder(local(out) if out else new_path(name))
    _check_new(folder, resume)
    return folder


def _check_new(folder: RunFolder, resume: bool) -> None:
    """That no run is mixed with another one that is there already.

    Raises:
        RunFolderError: if one is there that is not to be resumed.
    """
    if not resume and folder.is_planned():
        raise RunFolderError(
            Problem(str(folder.path), "a new folder", "a run", "add --resume, or choose another --out")
        )


def open_run(path: str | Path) -> Run:
    """A run that is there already, in a folder or at a URL such as `s3://bucket/run`.

    Raises:
        RunFolderError: if there is none.
    """
    from bench.remote import local
    from bench.store import RunFolder

    return Run(RunFolder.open(local(path)).path)


class Run:
    """One run on disk. Nothing is read until it is asked for, and then afresh."""

    def __init__(self, path: str | Path) -> None:
        """Use `open_run`, which says so if there is no run."""
        from bench.store import RunFolder

        self._folder = RunFolder(Path(path))

    def __repr__(self) -> str:
        return f"<bench.Run {str(self.path)!r}>"

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    @property
    def spec(self) -> RunSpec:
        """The config as effective, with all it names."""
        return self._folder.spec()

    @property
    def environment(self) -> Environment:
        """What the numbers were made with and on."""
        return self._folder.environment()

    @property
    def invalid(self) -> tuple[str, ...]:
        """Why its latency must not be believed; empty: it may be."""
        return self._folder.validity().reasons

    @property
    def second_opinion(self) -> SecondOpinion:
        """Whether jiwer counts as many word errors in the same texts."""
        return self._folder.second_opinion()

    @property
    def num_failed(self) -> int:
        """How many of its trials failed, or have no result yet."""
        answered = self._folder.answered()
        return sum(trial.id not in answered for trial in self._folder.trials())

    # -- tables -------------------------------------------------------------------------------

    @property
    def trials(self) -> pd.DataFrame:
        """The plan, one row a trial, in its order."""
        from bench.store import frames

        return frames.trials(self._folder)

    @property
    def results(self) -> pd.DataFrame:
        """What became of each trial, one row each."""
        from bench.store import frames

        return frames.results(self._folder)

    @property
    def events(self) -> pd.DataFrame:
        """Every message of every answer, one row each."""
        from bench.store import frames

        return frames.events(self._folder)

    @property
    def scores(self) -> pd.DataFrame:
        """Error counts and metrics, one row a trial."""
        from bench.store import frames

        return frames.scores(self._folder)

    @property
    def estimates(self) -> pd.DataFrame:
        """What the report shows, one row an estimate, with intervals."""
        from bench.store import frames

        return frames.estimates(self._folder)

    # -- stages -------------------------------------------------------------------------------

    def score(
        self,
        *,
        normalizer: str | None = None,
        profiles: Sequence[str] | None = None,
        transliterate: bool | None = None,
        workers: int | None = None,
        executor: str = "process",
        address: str | None = None,
        tell: Callable[[str, int, int], None] | None = None,
    ) -> Run:
        """Score it again from what the folder holds, and return it: no network, no audio. Same inputs, same bytes.

        Args:
            normalizer: a text profile; `None`: the config's.
            profiles: score by these too, to see whether the ranking hangs on them; `None`: the config's.
            transliterate: also count answers in another script transliterated; `None`: as the config says.
            workers: processes that score; the result hangs not on it. `None`: one for each processor, for large runs.
            executor: whose they are: `process` or `ray`.
            address: as of `run`.
            tell: is told how far it is, as `Listener.scoring` is.
        """
        from bench.execution.executors import executor as executor_of

        with executor_of(executor, address) as execute:
            return self._scored(
                normalizer=normalizer,
                profiles=profiles,
                transliterate=transliterate,
                workers=workers,
                tell=tell or Listener().scoring,
                score_parts=execute.score_parts,
            )

    def _scored(self, **how: Any) -> Run:
        """As `score`, by what `execution.score` takes."""
        from bench.execution.score import score
        from bench.remote import publish

        score(self._folder, **how)
        publish(self.path)
        return self

    def report(
        self, *, width: int = 80, full: bool = False, clips_mb: float | None = None, redact: str | Path | None = None
    ) -> Report:
        """Write the report of a scored run, with the audio it plays where the recordings are on this machine.

        Args:
            width: of the text, in characters.
            full: let the text hold every table of the page.
            clips_mb: room for the audio in the page, in millions of bytes; 0: none. `None`: what was made before, or 3.
            redact: write the report into this folder, without text, sound, ids and names, so that it can be sent.
        """
        from bench.execution.clips import CLIP_MB, write_clips
        from bench.machine import collecting_seldom
        from bench.remote import local, publish
        from bench.report import write_report

        if redact is None and (clips_mb is not None or self._folder.clips() is None):
            write_clips(self._folder, room_mb=CLIP_MB if clips_mb is None else clips_mb)
        out = None if redact is None else local(redact)
        with collecting_seldom():
            text = write_report(self._folder, self._folder.estimates(), width=width, full=full, redact=out)
        publish(out or self.path)
        return Report(path=(out or self.path) / "report.html", text=text)

    @property
    def figures(self) -> Mapping[str, Figure]:
        """Figures for papers, slides and notebooks, by title; a notebook shows one as it is."""
        from bench.report.run.data import read
        from bench.report.run.figures import svg_figures

        drawn = svg_figures(read(self._folder, self._folder.estimates()))
        return {title: Figure(title=title, svg=svg) for title, svg in drawn}

    def write_figures(self, folder: str | Path) -> list[Path]:
        """Each figure as SVG, PDF and PNG; returns the files."""
        from bench.report.run.data import read
        from bench.report.run.figures import write_figures

        return write_figures(read(self._folder, self._folder.estimates()), Path(folder))

    def compare(self, other: Run | str | Path, *, common: bool = False) -> Changes:
        """What changed from this run to a later one, with intervals, and the utterances that broke or were fixed.

        `common`: compare what both have, where the trials are not the same.

        Raises:
            UsageError: with every reason why they cannot be compared.
        """
        from bench.comparison.runs import compare_runs

        later = other if isinstance(other, Run) else open_run(other)
        return Changes(
            comparison=compare_runs(self._folder, later._folder, common=common),
            first=self.path,
            second=later.path,
        )

    def gate(
        self,
        baseline: Run | str | Path | None = None,
        rules: str | Path | Sequence[Mapping[str, Any]] | None = None,
    ) -> Judgement:
        """Hold it to rules, against a baseline.

        Args:
            baseline: a file made by `bench baseline save`, or a run; `None`: there is none, for rules that set
                bounds of their own.
            rules: a file of rules, or rules as such a file lists them; `None`: the preset configs/gate.yaml.

        Raises:
            ConfigError: if a file or a rule is wrong.
        """
        from bench.comparison.baseline import verdict
        from bench.comparison.baseline_file import read_baseline
        from bench.comparison.broken import newly_broken
        from bench.comparison.evidence import evidence
        from bench.comparison.gate import Outcome
        from bench.comparison.rules_file import load_rules, parse_rules
        from bench.drivers.watch import LOOK_EVERY_S
        from bench.files import resource_dir
        from bench.remote import local

        if baseline is None and rules is None:
            raise UsageError(Problem("gate", "a baseline or rules", "neither", "rules that compare need a baseline"))
        if rules is None or isinstance(rules, str | Path):
            listed = load_rules(local(rules) if rules else resource_dir("configs") / "gate.yaml")
        else:
            listed = parse_rules({"rules": list(rules)}, where="rules")
        own = evidence(self._folder)
        if baseline is None:
            against, name = own, None
        elif isinstance(baseline, Run):
            against, name = evidence(baseline._folder), baseline.path
        else:
            against, name = read_baseline(local(baseline)).evidence, Path(baseline)
        judged = verdict(against, own, listed)
        broken: tuple[Broken, ...] = ()
        number = 0
        if judged.outcome in (Outcome.REGRESSED, Outcome.INCONCLUSIVE) and name is not None:
            texts = self._folder.scores_of
            broken, number = newly_broken(against.sample.rows, own.sample.rows, texts, most=_MOST_BROKEN)
        return Judgement(
            verdict=judged,
            run=self.path,
            baseline=name,
            broken=broken,
            num_broken=number,
            started_at=self._folder.environment().started_at,
            took_s=len(self._folder.looks()) * LOOK_EVERY_S,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that was written."""

    path: Path
    """The page; report.md and summary.csv lie beside it."""
    text: str
    """Summary and warnings, for a terminal."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the report."""

    title: str
    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two runs."""

    comparison: Comparison
    first: Path
    second: Path

    @property
    def title(self) -> str:
        return f"{self.first.name} → {self.second.name}"

    def redacted(self) -> Changes:
        """The same numbers without texts, and without the names of speakers, utterances and runs."""
        from bench.report.redaction import redacted_comparison, run_name

        comparison = redacted_comparison(self.comparison)
        return Changes(comparison=comparison, first=Path(run_name(1)), second=Path(run_name(2)))

    def text(self, *, width: int = 120) -> str:
        """For a terminal; `width` in characters."""
        from bench.report.comparison.text import to_terminal

        return to_terminal(self.comparison, width=width)

    def json(self) -> str:
        """All numbers, and all changed utterances."""
        from bench.report.comparison.text import to_json

        return to_json(self.comparison, about={"first": str(self.first), "second": str(self.second)})

    def markdown(self) -> str:
        from bench.report.comparison.text import to_markdown

        return to_markdown(self.comparison, title=self.title)

    def html(self) -> str:
        """A page that opens from disk."""
        from bench.report.comparison.page import to_html

        return to_html(self.comparison, title=self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The gate's verdict over a run."""

    verdict: Verdict
    run: Path
    baseline: Path | None
    """`None`: none was given."""
    broken: tuple[Broken, ...] = ()
    """The worst sentences that are newly wrong, where it is not a pass."""
    num_broken: int = 0
    """How many there are."""
    started_at: str = ""
    """When the run began (ISO 8601); empty: it does not say."""
    took_s: float | None = None
    """Calling engines, to about a second; `None`: not known."""

    @property
    def passed(self) -> bool:
        """Whether every rule was shown to hold; too little to tell is no pass."""
        return self.outcome == "pass"

    @property
    def outcome(self) -> str:
        """`pass`, `regressed`, `inconclusive` or `invalid`."""
        return self.verdict.outcome.value

    def redacted(self) -> Judgement:
        """The same verdict and numbers without a sentence; how many are newly broken stays."""
        return replace(self, broken=())

    @property
    def title(self) -> str:
        return self.run.name if self.baseline is None else f"{self.run.name} against {self.baseline.name}"

    def text(self, *, width: int = 120, full: bool = False) -> str:
        """For a terminal; `width` in characters. `full`: with every check, not only those that failed."""
        from bench.report.verdict import to_terminal

        return to_terminal(self.verdict, width=width, full=full)

    def json(self) -> str:
        """The verdict with all its numbers."""
        from bench.report.verdict import to_json

        return to_json(self.verdict, about={"run": str(self.run), "baseline": str(self.baseline or "")})

    def junit(self) -> str:
        """JUnit XML, one test case a check."""
        from bench.report.verdict import to_junit

        return to_junit(self.verdict, title=self.title, started_at=self.started_at, took_s=self.took_s)

    def markdown(self) -> str:
        """A comment for a pull request."""
        from bench.report.verdict import to_markdown

        return to_markdown(self.verdict, title=self.title, broken=self.broken, num_broken=self.num_broken)

    def few_lines(self) -> str:
        """The gravest check with its numbers, and the verdict."""
        from bench.report.verdict import to_few_lines

        return to_few_lines(self.verdict)

    def annotations(self) -> tuple[str, ...]:
        """Lines that GitHub Actions shows at the pull request."""
        from bench.report.verdict import to_annotations

        return tuple(to_annotations(self.verdict))
