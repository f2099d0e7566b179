"""Runs of two people on four languages: clear, too few speakers, in characters, INVALID, failing; with sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.audio import Audio, to_file_bytes
from bench.store import RunFolder
from bench.store.clips import Clips, UtteranceClips
from bench.types import Failure, FailureKind
from tests.report.run.made import answered, streamed, with_wrong
from tests.runs import make_run, utterances

HINDI = "आज सुबह हम बाज़ार गए और ताज़ी सब्ज़ियाँ ले आए"
TAMIL = "இன்று காலை நாங்கள் சந்தைக்கு சென்று காய்கறிகள் வாங்கினோம்"
JAPANESE = "今日は朝から市場へ野菜を買いに行きました"


def dialect(speaker):
    """Two groups that are large enough for a number, and two that are not."""
    return "coast" if speaker < 8 else "hills" if speaker < 16 else "island" if speaker < 20 else "plain"


def corpus():
    """English by 24 speakers in four dialects, Hindi and Japanese by 12, Tamil by 3."""
    spoken = []
    kinds = (("en", utterances(24, 3)), ("hi", utterances(12, 2, HINDI)), ("ta", utterances(3, 4, TAMIL)))
    for number, (language, own) in enumerate((*kinds, ("ja", utterances(12, 2, JAPANESE))), start=1):
        for u in own:
            index = int(u.id[1:])
            tags = {"dialect": dialect(int(u.cluster[1:]))} if language == "en" else {}
            changed = {"id": f"u{number}{index:03}", "language": language, "tags": tags}
            spoken.append(replace(u, speech_start_s=0.2, speech_end_s=1.9, **changed))
    return spoken


def wrong(utterance, share, *, first=0):
    """Its first word replaced, or its first character where it has no spaces."""
    if utterance.language == "ja":
        index = int(utterance.id[1:])
        return f"昨{utterance.text[1:]}" if (index * 37 + first) % 100 < 100 * share else utterance.text
    return with_wrong(utterance, share, first=first)


SHARES = {"anna": 0.1, "ravi": 0.8}


def of_two(utterance, trial):
    """Anna errs seldom, ravi often and not always with an answer."""
    index = int(utterance.id[1:])
    if trial.engine_id == "ravi" and index % 17 == 0:
        return Failure(kind=FailureKind.TIMEOUT, message="no answer within 10 s <b>&")
    if trial.engine_id == "ravi" and index % 23 == 0:
        return answered(trial, "")
    share = SHARES[trial.engine_id]
    if utterance.language == "hi":
        share = 0.4  # both alike
    return answered(trial, wrong(utterance, share, first=len(trial.engine_id) if utterance.language != "hi" else 0))


def late(utterance, trial):
    """The harness was late."""
    text = wrong(utterance, 0.3, first=5)
    return answered(trial, text) if trial.mode == "batch" else streamed(text, late_s=0.5)


def add_clips(folder: Path) -> None:
    """A short tone as the recording of every other utterance."""
    run = RunFolder(folder)
    tone = np.sin(np.linspace(0, 2000, 16_000)).astype(np.float32) * 0.2
    with run.new_clips() as write:
        made = {
            key: UtteranceClips(
                recorded=write(f"{number:04}.opus", to_file_bytes(Audio(tone[number:], 16_000), "opus")[0])
            )
            for number, key in enumerate(sorted(run.utterances()))
            if number % 2
        }
    run.write_clips(Clips(utterances=made))


def engine(id, **more):
    return {"id": id, "engine": "pulse", "settings": {"language": "en", "chunk_bytes": len(id) * 1024}, **more}


def two_runs(tmp_path: Path) -> list[Path]:
    """`first`: anna and ravi on everything; `second`: zoe on English and Japanese, INVALID."""
    both = {"modes": ["batch", "stream"]}
    first = make_run(tmp_path / "first", of_two, corpus=corpus(), engines=[engine("anna"), engine("ravi")], **both)
    some = [u for u in corpus() if u.language in ("en", "ja")]
    second = make_run(tmp_path / "second", late, corpus=some, engines=[engine("zoe")], **both)
    for day, run in enumerate((first, second), start=1):
        add_clips(run)
        begun_on(run, day)
    return [first, second]


def begun_on(folder: Path, day: int) -> None:
    """The run as if it had been started on that day of November, by a version that stays."""
    run = RunFolder(folder)
    environment = run.read_json("environment.json")
    known = {"started_at": f"2026-11-{day:02}T08:00:00+00:00", "earwitness": "0.1.0"}
    run.write_json("environment.json", {**environment, **known})
