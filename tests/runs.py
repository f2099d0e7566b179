"""Scored run folders made by hand: no audio, no emulator. What each trial answered is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.corpora.manifest import Header, write_manifest
from bench.execution.planning import load_plan
from bench.execution.score import score
from bench.execution.stages import create
from bench.store import RunFolder
from bench.types import Cell, Estimate, Failure, Recognised, Result, Timing, Transcript, Trial, Utterance

SPEAKERS, EACH = 12, 10
TEXT = "alpha bravo charlie delta echo foxtrot golf hotel india juliet"


def utterances(speakers: int = SPEAKERS, each: int = EACH, text: str = TEXT) -> list[Utterance]:
    """`each` utterances of every speaker, all with the same text."""
    return [
        Utterance(
            id=f"u{index:03}",
            corpus="hand",
            audio=f"u{index:03}.wav",
            sha256=f"{index:064x}",
            sample_rate_hz=16_000,
            num_samples=32_000,
            text=text,
            language="en",
            cluster=f"s{index % speakers}",
        )
        for index in range(speakers * each)
    ]


def said(text: str, latency_s: float = 0.2) -> Transcript:
    """A batch answer after so long."""
    return Transcript(recognised=Recognised(text=text), timing=Timing(done_s=latency_s))


def right(utterance: Utterance, trial: Trial) -> Transcript:
    return said(utterance.text)


Answer = Callable[[Utterance, Trial], Transcript | Failure]


def make_run(
    folder: Path,
    answer: Answer = right,
    *,
    corpus: Sequence[Utterance] | None = None,
    engine: str = "scripted",
    missing: int = 0,
    aligner: str | None = None,
    **changes: Any,
) -> Path:
    """Write and score a run in `folder`; the last `missing` trials have no result. `changes` are keys of the config.

    `aligner`: what set the word times of the corpus, as its header names it.
    """
    folder.mkdir(parents=True)
    manifest = folder.parent / f"{folder.name}.jsonl"
    header = Header(name="hand", licence="CC0-1.0", source="tests", synthetic=True, aligner=aligner)
    write_manifest(manifest, header, list(corpus or utterances()))
    config = folder.parent / f"{folder.name}.yaml"
    engines = [{"id": engine, "engine": "pulse", "settings": {"language": "en"}}]
    content = {"name": "hand", "corpora": [str(manifest)], "engines": engines, "modes": ["batch"], **changes}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    plan = load_plan(config)
    run = RunFolder(folder)
    create(plan, run)
    writer = run.writer()
    for trial in plan.trials[: len(plan.trials) - missing]:
        outcome = answer(plan.utterances[trial.utterance_id], trial)
        writer.append(Result(trial_id=trial.id, outcome=outcome, attempts=1, started_at="2026-11-23T00:00:00+00:00"))
    writer.close()
    score(run)
    return folder


def wrong_in(share: float, word: str = "wrong", latency_s: float = 0.2) -> Answer:
    """Answers whose first word is wrong in about that share of utterances, spread over speakers."""

    def answer(utterance: Utterance, trial: Trial) -> Transcript:
        index = int(utterance.id[1:])
        is_wrong = (index * 7 % 100) < 100 * share
        words = utterance.text.split()
        return said(" ".join([word, *words[1:]] if is_wrong else words), latency_s + index % 10 / 1000)

    return answer


def estimates(folder: Path, **group: str) -> dict[str, Estimate]:
    """metric -> Estimate of one cell."""
    return {
        e.metric: e
        for e in RunFolder(folder).estimates()
        if isinstance(e.scope, Cell) and group.items() <= e.scope._asdict().items()
    }
