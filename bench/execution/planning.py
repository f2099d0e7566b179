"""From a config file to a plan: reads the config and its corpora, and asks whether all it names can be used here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bench import addresses, remote
from bench.aligners import make_aligner
from bench.comparison.targets import parse_targets
from bench.conditions import sources
from bench.config import EngineSpec, RunConfig, parse_config
from bench.config.run import config_text, sound_part
from bench.config.spec import shown
from bench.corpora.cards import load_card
from bench.corpora.locking import LOCK_SUFFIX
from bench.corpora.manifest import Manifest, load_manifest, resolve_audio
from bench.corpora.prepare import folder_name, prepare
from bench.emulator.demo_corpora import config_of
from bench.emulator.settings import parse_behaviour
from bench.engines import ENGINES, is_local_engine
from bench.errors import BenchError, ConfigError, Problem, did_you_mean
from bench.execution.executors import EXECUTORS
from bench.execution.inputs import Sources
from bench.execution.plan import Plan, named, resolve
from bench.execution.requirements import require, require_codecs
from bench.files import CORPORA_ROOT, packaged_config

SOURCES = Sources(fingerprint=sources.fingerprint, read_lines=sources.read_lines)


def load_plan(
    source: str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    limit: int | None = None,
    is_bounded: bool = True,
    scratch: Path | None = None,
) -> Plan:
    """The plan of a config: a file, one of the package's by name, or its content; with corpora prepared.

    `limit` and `is_bounded` as in `plan.resolve`; `scratch` as in `api.plan`.

    Raises:
        ConfigError: with every problem found in the config, or else in the names and parameters it uses.
    """
    if isinstance(source, Mapping):
        path, text = Path("config"), yaml.safe_dump(dict(source), sort_keys=False, allow_unicode=True)
    else:
        path = packaged_config(Path(source))
        text = config_text(path)
    config = _parsed(text, path, overrides)
    require(config)
    if problems := _problems(config, path):
        raise ConfigError([*problems, *_corpus_problems(config, path)])
    manifests = _manifests(config, path, scratch)
    plan = resolve(
        config,
        manifests,
        where=str(path),
        limit=limit,
        sources=SOURCES,
        is_bounded=is_bounded,
        processors=os.cpu_count() or 1,
    )
    require_codecs(recordings(plan))
    return replace(plan, source=text)


def _parsed(text: str, path: Path, overrides: Sequence[str]) -> RunConfig:
    """The config, with the paths in it as seen from here.

    Raises:
        ConfigError: with every problem of its form and of the names it uses, together.
    """
    try:
        return _relative_to(parse_config(text, where=str(path), overrides=overrides), path.parent)
    except ConfigError as error:
        problems = [*error.problems]
        sound = sound_part(text, where=str(path), overrides=overrides)
        if sound is not None:
            sound = _relative_to(sound, path.parent)
            problems += [*_problems(sound, path), *_corpus_problems(sound, path)]
        raise ConfigError([*dict.fromkeys(problems)]) from error


def _problems(config: RunConfig, path: Path) -> list[Problem]:
    """All that keeps a config from being run here, but for its corpora."""
    problems: list[Problem] = []
    _, conditions = named(config, str(path), problems)
    lacking = [] if problems else _lacking_aligner(config, path)
    return [
        *problems,
        *_executor_problems(config, path),
        *_target_problems(config, path),
        *(problem for i, engine in enumerate(config.engines) for problem in _emulator_problems(engine, path, i)),
        *sources.missing(conditions.values(), str(path)),
        *lacking,
    ]


def _executor_problems(config: RunConfig, path: Path) -> Iterator[Problem]:
    if config.executor not in EXECUTORS:
        known = EXECUTORS.names()
        near = did_you_mean(config.executor, known)
        yield Problem(f"{path}: executor", f"one of {', '.join(known)}", shown(config.executor), near)


def _target_problems(config: RunConfig, path: Path) -> Sequence[Problem]:
    try:
        parse_targets(config.targets, where=f"{path}: targets")
    except ConfigError as error:
        return error.problems
    return ()


def _emulator_problems(spec: EngineSpec, path: Path, index: int) -> Iterator[Problem]:
    """What keeps an engine's emulator from being started: its recogniser, its script, its settings."""
    if spec.emulate is None:
        return
    at = f"{path}: engines[{index}].emulate"
    name, _, script = spec.emulate.recognizer.partition(":")
    known = [*filter(is_local_engine, ENGINES.names()), "script:FILE"]
    if name == "script" and not Path(script).is_file():
        yield Problem(f"{at}.recognizer", "script:FILE, a file that is there", shown(spec.emulate.recognizer))
    elif name != "script" and spec.emulate.recognizer not in known:
        near = did_you_mean(name, known)
        yield Problem(f"{at}.recognizer", f"one of {', '.join(known)}", shown(spec.emulate.recognizer), near)
    for key, settings in (("faults", {"plan": spec.emulate.faults}), ("behaviour", spec.emulate.behaviour)):
        try:
            parse_behaviour({name: value for name, value in settings.items() if value is not None}, f"{at}.{key}")
        except ConfigError as error:
            yield from (replace(each, where=each.where.replace(".faults.plan", ".faults")) for each in error.problems)


def _corpus_problems(config: RunConfig, path: Path) -> list[Problem]:
    """What is wrong with the corpora as far as it can be seen without preparing one."""
    problems: list[Problem] = []
    for index, corpus in enumerate(config.corpora):
        try:
            if Path(corpus.source).is_file():
                load_manifest(Path(corpus.source))
            elif not addresses.is_url(corpus.source):
                load_card(corpus.source)
        except ConfigError as error:
            problems += error.problems
        except BenchError as error:
            problems.append(_no_corpus(f"{path}: corpora[{index}]", corpus.source, error))
    return problems


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
        is_relative = corpus.source.endswith(".jsonl") and not addresses.is_url(corpus.source)
        if is_relative and (address := addresses.address_of(beside)):
            remote.local(address)  # of a config at a URL; if there is none, whoever reads the manifest says so
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


def _manifests(config: RunConfig, path: Path, scratch: Path | None) -> dict[str, Manifest]:
    manifests: dict[str, Manifest] = {}
    problems: list[Problem] = []
    for index, corpus in enumerate(config.corpora):
        try:
            at = remote.local(corpus.source)
            is_manifest = at.is_file() or addresses.is_url(corpus.source)
            manifest = at if is_manifest else prepare(corpus.source, _root(corpus.source, scratch))
            manifests[corpus.source] = load_manifest(manifest)
        except ConfigError as error:
            problems += error.problems
        except BenchError as error:
            problems.append(_no_corpus(f"{path}: corpora[{index}]", corpus.source, error))
    if problems:
        raise ConfigError(problems)
    return manifests


def _root(source: str, scratch: Path | None) -> Path:
    """Where a corpus is prepared: what is there already, or is downloaded, is never prepared twice."""
    if scratch is None or source.endswith(LOCK_SUFFIX):
        return CORPORA_ROOT
    card = load_card(source)
    is_there = (CORPORA_ROOT / folder_name(card.name) / "manifest.jsonl").is_file()
    return CORPORA_ROOT if is_there or not str(card.source["kind"]).startswith("package-") else scratch


def _no_corpus(where: str, source: str, error: BenchError) -> Problem:
    if config := config_of(source):
        return Problem(where, f"the manifest {source}", "none", f"make it: bench demo --for {config}")
    if source.endswith(".jsonl") and not remote.local(source).exists():
        advice = "make one of a folder of recordings: bench init FOLDER --language en"
        return Problem(where, f"the manifest {source}", "none", advice)
    return Problem(where, "a manifest or a card", repr(source), str(error))


def missing_audio(plan: Plan) -> list[str]:
    """Paths of recordings that are not there; their trials will fail, the others will run. Those at a URL are fetched
    when they are needed, and not looked for before.
    """
    return sorted({str(path) for path in recordings(plan) if not path.is_file() and addresses.address_of(path) is None})


def recordings(plan: Plan) -> list[Path]:
    """Where the recordings of a plan's utterances lie."""
    return [
        resolve_audio(Path(plan.manifests[utterance.corpus]).parent, utterance.audio)
        for utterance in plan.utterances.values()
    ]
