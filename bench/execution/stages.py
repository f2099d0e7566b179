"""The stages before scoring, each from files to files: the run folder is made, and its trials are run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.aligners import make_aligner
from bench.aligners.word_times import with_word_times
from bench.corpora.manifest import Header, Manifest, load_manifest
from bench.execution.answers import Answers
from bench.execution.audio import scratch
from bench.execution.engines import open_engines, replayed_runs
from bench.execution.environment import environment
from bench.execution.inputs import by_corpus, vocabulary
from bench.execution.keys import Secrets
from bench.execution.plan import Plan
from bench.execution.planning import SOURCES
from bench.execution.resuming import check_replan, replan
from bench.execution.trials import OnResult, Work, pending, unheard
from bench.remote import publish
from bench.scoring.text.normalize import get_normalizer
from bench.store import Replan, RunFolder, RunSpec
from bench.store.spec import EngineIdentity, NormalizerIdentity
from bench.types import Utterance


def create(plan: Plan, folder: RunFolder, *, may_leave_out: bool = False) -> Replan | None:
    """Write everything known before the first call, word times included, which are made here.

    Args:
        plan: what is to be run.
        folder: a new one, or that of a run to go on with.
        may_leave_out: whether trials that the folder's plan has may be missing in this one.

    Returns:
        How the plan differs from the one that was there; `None`: it does not, or there was none.

    Raises:
        RunFolderError: if another process works on the folder, or it holds another run, or a plan of more trials.
        StorageError: if it cannot be written.
    """
    with folder.locked():
        if plan.config.private:
            folder.path.chmod(0o700)
        change = replan(plan, folder)
        check_replan(change, folder, allowed=may_leave_out)
        earlier = folder.spec().replans if folder.is_planned() else ()
        manifests = {name: load_manifest(Path(path)) for name, path in plan.manifests.items()}
        folder.create(
            config_text=plan.source,
            spec=replace(spec_of(plan), replans=(*earlier, *filter(None, (change,)))),
            environment=environment(),
            trials=plan.trials,
            manifests={name: _in_use(plan, manifest, folder) for name, manifest in manifests.items()},
        )
    return change


def spec_of(plan: Plan) -> RunSpec:
    """The plan as the run folder keeps it."""
    normalizer = get_normalizer(plan.config.normalizer)
    return RunSpec(
        config=plan.config,
        engines={id: EngineIdentity(**engine.identity()) for id, engine in plan.engines.items()},
        conditions=tuple(plan.conditions.values()),
        manifests={name: os.path.abspath(path) for name, path in plan.manifests.items()},
        normalizer=NormalizerIdentity(id=normalizer.id, hash=normalizer.content_hash),
        terms={
            corpus: vocabulary(plan.conditions.values(), utterances, SOURCES)
            for corpus, utterances in by_corpus(plan.utterances.values()).items()
        },
    )


def _in_use(plan: Plan, manifest: Manifest, folder: RunFolder) -> tuple[Header, list[Utterance]]:
    """The part of a corpus that the run uses, with word times; those that the folder holds are not made again."""
    used = [utterance for utterance in plan.utterances.values() if utterance.corpus == manifest.header.name]
    spec = plan.config.word_times
    if spec is None or not any(trial.mode == "stream" for trial in plan.trials):
        return manifest.header, used
    aligner = make_aligner(spec.aligner, spec.settings)
    return with_word_times(replace(manifest, utterances=tuple(used)), aligner, earlier=folder.manifests().values())


@contextmanager
def open_work(
    plan: Plan, folder: RunFolder, secrets: Secrets, on_result: OnResult = unheard, reuse: Sequence[Path] = ()
) -> Iterator[Work]:
    """Every trial that has no answer yet, with engines to ask and a place for conditioned audio.

    `reuse`: run folders whose answers to the same questions are taken instead of asking.

    Raises:
        RunFolderError: on entering, if another process works on the folder.
    """
    with folder.locked():
        publish(folder.path)  # where machines of a cluster find the plan
        trials = pending(plan, folder)
        needed = plan if trials else replace(plan, engines={})
        answers = Answers.of([*replayed_runs(needed), *reuse])
        with open_engines(needed, secrets) as engines, scratch(folder.path):
            yield Work(plan=plan, trials=trials, engines=engines, folder=folder, on_result=on_result, answers=answers)
