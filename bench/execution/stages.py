"""The stages of a run, each a function from files to files: plan, create, execute, score.

What the command line calls, and what a script or a notebook may call instead.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bench import __version__, machine
from bench.aligners import make_aligner
from bench.aligners.word_times import with_word_times
from bench.conditions import sources
from bench.config import EngineSpec, RunConfig, load_config
from bench.corpora.manifest import Header, Manifest, load_manifest, resolve_audio
from bench.corpora.prepare import prepare
from bench.engines import ENGINES
from bench.engines.base import Engine
from bench.errors import BenchError, ConfigError, Problem
from bench.execution import processes as runner_shards
from bench.execution import scratch
from bench.execution import trials as runner
from bench.execution.inputs import Sources, by_corpus, vocabulary
from bench.execution.plan import EnginePlan, Plan, resolve
from bench.files import packaged_config
from bench.scoring.dose import dose_estimates
from bench.scoring.errors.analysis import analyse_records
from bench.scoring.estimates import estimates
from bench.scoring.languages import language_estimates
from bench.scoring.sensitivity import sensitivities
from bench.scoring.term_estimates import count_trials, term_estimates
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.script import require_transliteration
from bench.scoring.text.terms import TermCounts
from bench.scoring.timing.log import Log
from bench.scoring.timing.metrics import METRICS, trial_log
from bench.scoring.timing.over_time import Group, over_time
from bench.scoring.timing.validity import judge, mark_invalid
from bench.scoring.trial import Scored, score_trial
from bench.store import RunFolder
from bench.types import Estimate, Result, Transcript, Utterance

CORPORA_ROOT = Path("corpora")
"""Where prepared corpora lie, relative to the working directory."""
SOURCES = Sources(fingerprint=sources.fingerprint, read_lines=sources.read_lines)


def load_plan(
    path: Path, *, overrides: Sequence[str] = (), limit: int | None = None, is_bounded: bool = True
) -> tuple[Plan, str]:
    """The plan of a config, a file or one of the package's by name, with corpora prepared, and the config's text.

    `limit` and `is_bounded` as in `plan.resolve`.

    Raises:
        ConfigError: with every problem found in the config, or else in the names and parameters it uses.
    """
    path = packaged_config(path)
    config, text = load_config(path, overrides)
    config = _relative_to(config, path.parent)
    for profile in (config.normalizer, *config.profiles):
        _ = get_normalizer(profile).content_hash  # loads the foreign code that a profile calls, if it is there
    if config.transliterate:
        require_transliteration()
    manifests = _manifests(config, path)
    plan = resolve(config, manifests, where=str(path), limit=limit, sources=SOURCES, is_bounded=is_bounded)
    lacking = [*sources.missing(plan.conditions.values(), str(path)), *_lacking_aligner(config, path)]
    if lacking:
        raise ConfigError(lacking)
    return plan, text


def _lacking_aligner(config: RunConfig, path: Path) -> list[Problem]:
    """What keeps the aligner from being used on this machine."""
    spec = config.word_times
    if spec is None:
        return []
    try:
        make_aligner(spec.aligner, spec.settings)
    except ConfigError as error:
        return [*error.problems]
    except BenchError as error:
        return [Problem(f"{path}: word_times", "an aligner that can be used here", spec.aligner, str(error))]
    return []


def _relative_to(config: RunConfig, folder: Path) -> RunConfig:
    """Paths of manifests and of emulators' scripts in a config are relative to it, unless they exist from here."""
    corpora = []
    for corpus in config.corpora:
        beside = folder / corpus.source
        if not Path(corpus.source).is_file() and beside.is_file():
            corpus = corpus.model_copy(update={"source": str(beside)})
        corpora.append(corpus)
    engines = tuple(_with_script_beside(engine, folder) for engine in config.engines)
    return config.model_copy(update={"corpora": tuple(corpora), "engines": engines})


def _with_script_beside(engine: EngineSpec, folder: Path) -> EngineSpec:
    kind, _, script = (engine.emulate.recognizer if engine.emulate else "").partition(":")
    if engine.emulate is None or kind != "script" or Path(script).is_file() or not (folder / script).is_file():
        return engine
    emulate = engine.emulate.model_copy(update={"recognizer": f"script:{folder / script}"})
    return engine.model_copy(update={"emulate": emulate})


def _manifests(config: RunConfig, path: Path) -> dict[str, Manifest]:
    manifests: dict[str, Manifest] = {}
    problems: list[Problem] = []
    for index, corpus in enumerate(config.corpora):
        try:
            is_file = Path(corpus.source).is_file()
            manifest = Path(corpus.source) if is_file else prepare(corpus.source, CORPORA_ROOT)
            manifests[corpus.source] = load_manifest(manifest)
        except ConfigError as error:
            problems += error.problems
        except BenchError as error:
            problems.append(
                Problem(f"{path}: corpora[{index}]", "a manifest or a card", repr(corpus.source), str(error))
            )
    if problems:
        raise ConfigError(problems)
    return manifests


def missing_audio(plan: Plan) -> list[str]:
    """Paths of recordings that are not there; their trials will fail, the others will run."""
    paths = (
        resolve_audio(Path(plan.manifests[utterance.corpus]).parent, utterance.audio)
        for utterance in plan.utterances.values()
    )
    return sorted({str(path) for path in paths if not path.is_file()})


def read_secrets(plan: Plan, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The API keys each engine asks for, from the environment.

    Raises:
        ConfigError: naming every variable that is not set.
    """
    secrets: dict[str, dict[str, str]] = {}
    problems = []
    for engine in plan.engines.values():
        names = () if engine.spec.emulate else ENGINES.load(engine.spec.engine).secret_names(engine.settings)
        for name in names:
            if not environment.get(name):
                where = f"engine {engine.id}: environment variable {name}"
                problems.append(Problem(where, "an API key", "nothing", f"run: export {name}=..."))
        secrets[engine.id] = {name: environment.get(name, "") for name in names}
    if problems:
        raise ConfigError(problems)
    return secrets


# -- the run folder ---------------------------------------------------------------------------


def create(plan: Plan, folder: RunFolder, config_text: str) -> None:
    """Write everything known before the first call, word times included, which are made here."""
    normalizer = get_normalizer(plan.config.normalizer)
    manifests = {name: load_manifest(Path(path)) for name, path in plan.manifests.items()}
    folder.create(
        config_text=config_text,
        resolved={
            "config": plan.config.model_dump(mode="json"),
            "engines": {id: engine.identity() for id, engine in plan.engines.items()},
            "conditions": [asdict(condition) for condition in plan.conditions.values()],
            "manifests": {name: os.path.abspath(path) for name, path in plan.manifests.items()},
            "normalizer": {"id": normalizer.id, "hash": normalizer.content_hash},
            "terms": {
                corpus: vocabulary(plan.conditions.values(), utterances, SOURCES)
                for corpus, utterances in by_corpus(plan.utterances.values()).items()
            },
        },
        environment=environment(),
        trials=plan.trials,
        manifests={name: _in_use(plan, manifest, folder) for name, manifest in manifests.items()},
    )


def _in_use(plan: Plan, manifest: Manifest, folder: RunFolder) -> tuple[Header, list[Utterance]]:
    """The part of a corpus that the run uses, with word times; those that the folder holds are not made again."""
    used = [utterance for utterance in plan.utterances.values() if utterance.corpus == manifest.header.name]
    spec = plan.config.word_times
    if spec is None or not any(trial.mode == "stream" for trial in plan.trials):
        return manifest.header, used
    aligner = make_aligner(spec.aligner, spec.settings)
    return with_word_times(replace(manifest, utterances=tuple(used)), aligner, earlier=folder.manifests().values())


def environment() -> dict[str, Any]:
    """What the numbers were made with and on."""
    commit, dirty = _revision()
    packages = ("httpx", "websockets", "numpy", "scipy", "soxr", "rapidfuzz", "regex", "uvloop")
    return {
        "earwitness": __version__,
        "commit": commit,
        "dirty": dirty,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": machine.describe(),
        "calibration": machine.latest(),
        "packages": {name: _version(name) for name in packages},
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "argv": sys.argv[1:],
    }


def _revision() -> tuple[str | None, bool | None]:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None, None
    try:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
        status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None, None
    return commit.stdout.strip(), bool(status.stdout.strip())


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


# -- executing --------------------------------------------------------------------------------


@contextmanager
def open_engines(plan: Plan, secrets: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, Engine]]:
    """The engines of a plan, by id, with an emulator started for each that asks for one."""
    with ExitStack() as stack:
        engines = {}
        for engine in plan.engines.values():
            settings, keys = engine.settings, dict(secrets[engine.id])
            if engine.spec.emulate is not None:
                settings, keys = _emulated(engine, stack)
            engines[engine.id] = ENGINES.load(engine.spec.engine).create(settings, keys)
        yield engines


def _emulated(engine: EnginePlan, stack: ExitStack) -> tuple[BaseModel, dict[str, str]]:
    """Settings pointed at a fresh emulator, and the key it was given."""
    from bench.emulator.process import EmulatorProcess

    spec = engine.spec.emulate
    assert spec is not None
    key = "loopback-only"
    emulator = stack.enter_context(
        EmulatorProcess(
            recognizer=spec.recognizer,
            api_key=key,
            faults=spec.faults,
            workers=spec.workers,
            behaviour=spec.behaviour,
        )
    )
    names = ENGINES.load(engine.spec.engine).secret_names(engine.settings)
    return engine.settings.model_copy(update={"base_url": emulator.base_url}), dict.fromkeys(names, key)


def execute(
    plan: Plan,
    folder: RunFolder,
    secrets: Mapping[str, Mapping[str, str]],
    on_result: runner.OnResult,
) -> None:
    """Run every trial that has no answer yet."""
    trials = runner.pending(plan, folder)
    if not trials:
        return
    with open_engines(plan, secrets) as engines, scratch.scratch(folder.path):
        runner_shards.execute(plan, trials, engines, folder, on_result)


# -- scoring ----------------------------------------------------------------------------------


def score(
    folder: RunFolder,
    *,
    normalizer: str | None = None,
    profiles: Sequence[str] | None = None,
    transliterate: bool | None = None,
) -> list[Estimate]:
    """Scores and estimates from what the folder holds: no network, no audio. Writes both; same inputs, same bytes.

    `None`: as the run's config says.
    """
    resolved = folder.resolved()
    config = RunConfig.model_validate(resolved["config"])
    rules = get_normalizer(normalizer or config.normalizer)
    transliterating = config.transliterate if transliterate is None else transliterate
    utterances, results = folder.utterances(), folder.results()
    scored = [
        score_trial(trial, utterances[trial.utterance_id], results[trial.id], rules, transliterating=transliterating)
        for trial in folder.trials()
        if trial.id in results
    ]
    validity = judge(config.validity, results.values(), folder.looks())
    folder.write_validity(validity)
    made_by = {
        "normalizer": {"id": rules.id, "hash": rules.content_hash},
        "metrics": {name: metric.version for name, metric in METRICS.items()},
    }
    terms = count_trials(scored, resolved.get("terms", {}), rules)
    rows = [_row(item, terms.get(item.trial.id)) for item in sorted(scored, key=lambda item: item.trial.id)]
    folder.write_scores(rows, made_by)
    order = ([engine.id for engine in config.engines], list(folder.conditions()))
    found = [
        *estimates(scored, config.contrasts or (), engines=order[0], conditions=order[1]),
        *language_estimates(scored, engines=order[0], conditions=order[1]),
        *term_estimates(scored, terms, engines=order[0], conditions=order[1]),
        *dose_estimates(scored, engines=order[0], conditions=order[1]),
    ]
    if not validity.valid:
        found = [mark_invalid(estimate, validity.judged) for estimate in found]
    folder.write_estimates(found)
    chosen = config.profiles if profiles is None else profiles
    heard = {id: outcome.text for id, result in results.items() if isinstance(outcome := result.outcome, Transcript)}
    folder.write_sensitivity(
        sensitivities(scored, utterances, heard, chosen, engines=order[0], conditions=order[1]) if chosen else ()
    )
    logs = _logs(scored, utterances, results)
    folder.write_over_time(over_time(logs, engines=order[0], conditions=order[1]))
    folder.write_analysis(analyse_records(rows, utterances, rules, engines=order[0], conditions=order[1]))
    return found


def _logs(
    scored: Sequence[Scored], utterances: Mapping[str, Utterance], results: Mapping[str, Result]
) -> Iterator[tuple[Group, Log]]:
    """The log of every answered stream, with its group."""
    for item in scored:
        trial, result = item.trial, results[item.trial.id]
        if trial.mode == "stream" and isinstance(result.outcome, Transcript):
            group = (trial.engine_id, trial.condition_id, item.corpus, item.language)
            yield group, trial_log(utterances[trial.utterance_id], result.outcome, trial.mode, result.dose)


def _row(item: Scored, terms: TermCounts | None) -> dict[str, Any]:
    """One line of scores.parquet: plain columns, mappings as JSON text."""
    trial, score = item.trial, item.score
    counts = {
        f"{prefix}_{name}": None if edits is None else getattr(edits, name)
        for prefix, edits in (("words", score.words), ("chars", score.chars))
        for name in ("substitutions", "deletions", "insertions", "hits")
    }
    return {
        "trial_id": trial.id,
        "utterance_id": trial.utterance_id,
        "engine": trial.engine_id,
        "mode": trial.mode,
        "condition": trial.condition_id,
        "repeat": trial.repeat,
        "corpus": item.corpus,
        "language": item.language,
        "cluster": item.cluster,
        "duration_s": item.duration_s,
        "reference_words": item.reference_words,
        "normalizer": score.normalizer,
        "failure_kind": None if score.failure_kind is None else score.failure_kind.value,
        "failure": item.message or None,
        "empty": item.empty,
        "wrong_script": score.wrong_script,
        "reference": item.reference,
        "hypothesis": item.hypothesis,
        **counts,
        "further": _json({name: asdict(edits) for name, edits in score.further.items()}),
        "metrics": _json(score.metrics),
        "reasons": _json(score.reasons),
        "dose": _json(item.dose),
        "terms": None if terms is None else _json(asdict(terms)),
        "tags": _json(item.tags),
    }


def _json(mapping: Mapping[str, Any]) -> str:
    return json.dumps(dict(mapping), ensure_ascii=False, sort_keys=True)
