"""What it costs to score one trial, beside another checkout: processor time, interleaved, median of the rounds.

    python -m benchmarks.trial_scoring [--against /path/to/checkout/.venv/bin/python] [--rounds 5] [--trials 400]

Kinds: a batch answer in each of several languages (sentences of datasets/espeak-sentences.yaml, every fifth word
wrong), and an English stream with 20 partials, three finals and timed words. The worker half of this file is run by
both interpreters, and knows both layouts of the package.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np

LANGUAGES = ("en", "es", "hi", "ja", "ta", "zh")
STREAM = "stream, 20 partials"
_CARD = Path(__file__).parents[1] / "datasets" / "espeak-sentences.yaml"
_PARTIALS, _FINALS = 20, 3

Kinds = dict[str, list[tuple[str, str, str]]]
"""Kind -> trials: language, reference, answer."""


def kinds(trials: int) -> Kinds:
    """The texts of `trials` trials of each kind."""
    import yaml

    sentences = yaml.safe_load(_CARD.read_text(encoding="utf-8"))["source"]["sentences"]
    rng = np.random.default_rng(1)
    made = {
        f"batch, {language}": [_pair(language, sentences[language], rng) for _ in range(trials)]
        for language in LANGUAGES
    }
    return {**made, STREAM: [_pair("en", sentences["en"], rng) for _ in range(max(1, trials // 4))]}


def _pair(language: str, sentences: list[str], rng: np.random.Generator) -> tuple[str, str, str]:
    """Two sentences, and what was heard of them."""
    reference = " ".join(rng.choice(sentences, 2, replace=False).tolist())
    words = reference.split()
    heard = [str(rng.choice(words)) if rng.random() < 0.2 else word for word in words if rng.random() > 0.03]
    return language, reference, " ".join(heard)


# -- the worker, run by both interpreters ---------------------------------------------------------


def seconds_per_trial(texts: Kinds) -> dict[str, float]:
    """Of each kind, by whatever `bench` this interpreter has."""
    try:
        from bench.scoring.trial import score_trial
    except ImportError:
        from bench.scoring.scored import score_trial  # type: ignore[import-not-found,import-untyped,no-redef]
    from bench.scoring.normalize import get_normalizer

    rules, costs = get_normalizer("earwitness"), {}
    for kind, pairs in texts.items():
        make = _stream if kind == STREAM else _batch
        made = [make(place, *pair) for place, pair in enumerate(pairs)]
        for trial, utterance, result in made[:5]:
            score_trial(trial, utterance, result, rules)  # imports and caches
        began = process_time()
        for trial, utterance, result in made:
            score_trial(trial, utterance, result, rules)
        costs[kind] = (process_time() - began) / len(made)
    return costs


def _batch(place: int, language: str, reference: str, answer: str) -> Any:
    from bench.types import Recognised, Timing, Transcript

    timing = Timing(first_sent_s=0.0, last_sent_s=0.01, done_s=0.5)
    return _scorable(place, language, reference, "batch", Transcript(recognised=Recognised(text=answer), timing=timing))


def _stream(place: int, language: str, reference: str, answer: str) -> Any:
    from bench.types import Event, Recognised, Timing, Transcript

    words, each = answer.split(), 0.35
    events, shown, said = [], 0, len(words)
    for k in range(_PARTIALS):
        upto = 1 + k * said // _PARTIALS
        at = each * upto + 0.3
        is_final = (k + 1) % (_PARTIALS // _FINALS) == 0 and upto > shown
        text = " ".join(words[shown:upto])
        events.append(Event(t_s=at, kind="final" if is_final else "partial", text=text, audio_sent_s=at))
        shown = upto if is_final else shown
    end = each * len(reference.split()) + 0.5
    events.append(Event(t_s=end + 0.3, kind="final", text=" ".join(words[shown:]), audio_sent_s=end, is_last=True))
    chunks = tuple(0.1 * (k + 1) for k in range(int(end * 10)))
    timing = Timing(
        first_sent_s=0.1,
        last_sent_s=end,
        end_sent_s=end,
        done_s=end + 0.3,
        chunk_s=0.1,
        chunk_sent_s=chunks,
    )
    answered = Transcript(recognised=Recognised(text=answer), timing=timing, events=tuple(events))
    return _scorable(place, language, reference, "stream", answered)


def _scorable(place: int, language: str, reference: str, mode: Any, answered: Any) -> Any:
    from bench.types import Result, Trial, Utterance, Word

    said = reference.split()
    words = tuple(Word(text=word, start_s=0.35 * k, end_s=0.35 * k + 0.3) for k, word in enumerate(said))
    utterance = Utterance(
        id=f"u{place}",
        corpus="c",
        audio="u.wav",
        sha256="0",
        text=reference,
        language=language,
        sample_rate_hz=16_000,
        num_samples=round(16_000 * (0.35 * len(said) + 0.5)),
        words=words,
        speech_start_s=0.0,
        speech_end_s=0.35 * len(said),
    )
    trial = Trial(id=f"t{place}", utterance_id=f"c/u{place}", condition_id="clean", engine_id="e", mode=mode)
    return trial, utterance, Result(trial_id=trial.id, outcome=answered, attempts=1, started_at="2026-01-01T00:00:00Z")


# -- the comparison -------------------------------------------------------------------------------


def measured(interpreters: dict[str, str], texts: Kinds, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Name of an interpreter -> round -> kind -> seconds a trial; rounds are interleaved."""
    costs: dict[str, list[dict[str, float]]] = {name: [] for name in interpreters}
    for number in range(rounds):
        for name, python in list(interpreters.items())[:: -1 if number % 2 else 1]:
            command = [python, str(Path(__file__).resolve()), "--worker"]
            told = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True, cwd="/")
            costs[name].append(json.loads(told.stdout))
    return costs


def main() -> None:
    if "--worker" in sys.argv:
        json.dump(seconds_per_trial(json.load(sys.stdin)), sys.stdout)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", help="the interpreter of another checkout's environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=400, help="of each kind; a quarter of them where streamed")
    given = parser.parse_args()
    interpreters = {"this": sys.executable} | ({"other": given.against} if given.against else {})
    costs = measured(interpreters, kinds(given.trials), given.rounds)
    print(f"{'processor ms a trial':24} {' '.join(f'{name:>8}' for name in interpreters)}  this / other, pair by pair")
    for kind in costs["this"][0]:
        medians = [median(each[kind] for each in costs[name]) for name in interpreters]
        shown = ""
        if len(interpreters) > 1:
            pairs = zip(costs["this"], costs["other"], strict=True)
            ratios = [this[kind] / other[kind] for this, other in pairs]
            shown = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{kind:24} {' '.join(f'{1000 * cost:8.3f}' for cost in medians)}  {shown}")


if __name__ == "__main__":
    main()
