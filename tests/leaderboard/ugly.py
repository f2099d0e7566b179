"""Runs as bad as runs are: repeats, failures on one side, parts of a corpus, speakers nobody named, two languages."""

import numpy as np

from bench.leaderboard.merge import Contribution
from bench.scoring.cells import ScoredTrial
from bench.types import Cell, ErrorCounts, FailureKind

CORPORA = {"one": "en", "two": "en", "drei": "hi"}
MEASURED = {"anna": ("a", "ñ"), "ravi": ("c",)}
"""Run -> its engines."""
FACTS = {"normaliser": "earwitness@1 (abc)", "stream speed": "1.0", "condition clean": "c1"}


def runs(seed: int) -> list[Contribution]:
    """Two runs with other engines, of three corpora in two languages."""
    rng = np.random.default_rng(seed)
    utterances = [own for corpus, language in CORPORA.items() for own in _utterances(rng, corpus, language)]
    spoken = {
        engine: [rng.random() < 0.85 for _ in utterances] if rng.random() < 0.7 else [True] * len(utterances)
        for engines in MEASURED.values()
        for engine in engines
    }
    return [_run(rng, name, engines, utterances, spoken) for name, engines in MEASURED.items()]


def _utterances(rng, corpus, language):
    few, named = rng.random() < 0.3, rng.random() < 0.6
    for number in rng.permutation(int(rng.integers(6, 30))).tolist():
        key = f"{corpus}/u{number}"
        speaker = f"s{number % 2 if few else number % 11}"
        yield {
            "key": key,
            "corpus": corpus,
            "language": language,
            "cluster": speaker if named else rng.choice([speaker] * 8 + [key, f"u{number}"]).item(),
            "seconds": float(rng.uniform(0.1, 9)),
            "words": int(rng.integers(0, 9)),
            "text": rng.choice(["plain words", "हिन्दी शब्द", "मुझे meeting में", "he said привет", ""]).item(),
            "tags": _tags(rng),
        }


def _tags(rng):
    tags = {"gender": rng.choice(["f", "m", "d", ""], p=[0.4, 0.4, 0.1, 0.1]).item(), "accent": "north"}
    if rng.random() < 0.1:
        tags["code_switched"] = rng.choice(["Yes", "no"]).item()
    return tags if rng.random() < 0.8 else {}


def _run(rng, name, engines, utterances, spoken):
    own = [
        _trial(rng, engine, utterance, repeat)
        for engine in engines
        for utterance, is_spoken in zip(utterances, spoken[engine], strict=True)
        if is_spoken
        for repeat in range(int(rng.integers(1, 4)))
    ]
    order = rng.permutation(len(own)).tolist()
    return Contribution(
        name=name,
        rows=[own[k] for k in order],
        facts=FACTS,
        digests={utterance["key"]: "d" for utterance in utterances},
        engines=dict.fromkeys(engines, "parameters"),
        metrics={"batch_latency_s": 1},
        measures={"wer": 1},
        references={utterance["key"]: utterance["text"] for utterance in utterances},
        tags={utterance["key"]: utterance["tags"] for utterance in utterances},
        latency_valid=rng.random() < 0.7,
    )


def _trial(rng, engine, utterance, repeat):
    answered = rng.random() < {"a": 0.95, "ñ": 0.6, "c": 0.9}[engine]
    silent = answered and rng.random() < 0.1
    return ScoredTrial(
        trial_id=f"{engine}-{utterance['key']}-{repeat}",
        utterance_id=utterance["key"],
        cell=Cell(engine, "batch", "clean", utterance["corpus"], utterance["language"]),
        repeat=repeat,
        cluster=utterance["cluster"],
        duration_s=utterance["seconds"],
        reference_words=utterance["words"],
        words=_edits(rng, utterance["words"]) if answered else None,
        chars=_edits(rng, 5 * utterance["words"]) if answered else None,
        failure_kind=None if answered else FailureKind.TIMEOUT,
        empty=silent,
        metrics={"batch_latency_s": float(rng.uniform(0.1, 3))} if answered and rng.random() < 0.8 else {},
        tallies={"cp.errors": 1.0, "cp.words": float(rng.integers(1, 9))} if answered and rng.random() < 0.5 else {},
    )


def _edits(rng, length):
    """Of accepted variants, so the reference may be longer or shorter."""
    length = max(0, length + int(rng.integers(-1, 2)))
    wrong = int(rng.integers(0, length + 1))
    missed = int(rng.integers(0, length - wrong + 1))
    return ErrorCounts(
        substitutions=wrong, deletions=missed, insertions=int(rng.integers(0, 3)), hits=length - wrong - missed
    )
