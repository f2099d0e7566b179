"""How long a recording of three hours with 10,000 words and six speakers takes to score, and how much memory.

    python -m benchmarks.long_call [--words 10000] [--hours 3] [--speakers 6]

The answer has one word in ten wrong, one turn in twenty under another speaker, and times half a second late.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.trial import score_trial
from bench.types import Recognised, Result, Segment, Timing, Transcript, Trial, Utterance, Word

TURN_WORDS = 12
LATE_S = 0.5


def call(words: int, hours: float, speakers: int, seed: int = 1) -> tuple[Utterance, Result]:
    """A reference and an answer to it."""
    rng = np.random.default_rng(seed)
    step_s = hours * 3600 / (words / TURN_WORDS)
    true: list[Segment] = []
    said: list[Segment] = []
    timed: list[Word] = []
    heard: list[Word] = []
    for number in range(words // TURN_WORDS):
        texts = [f"w{word}" for word in rng.integers(0, 3000, TURN_WORDS)]
        start_s, end_s = number * step_s, (number + 0.8) * step_s
        speaker = int(rng.integers(speakers))
        label = int(rng.integers(speakers)) if rng.random() < 0.05 else speaker
        wrong = [text if rng.random() > 0.1 else "x" for text in texts]
        late_s, later_s = start_s + LATE_S, end_s + LATE_S
        true.append(Segment(text=" ".join(texts), start_s=start_s, end_s=end_s, speaker=f"s{speaker}"))
        said.append(Segment(text=" ".join(wrong), start_s=late_s, end_s=later_s, speaker=str(label)))
        timed += _words(texts, start_s, end_s)
        heard += _words(wrong, late_s, later_s)
    utterance = Utterance(
        id="call",
        corpus="long",
        audio="call.wav",
        sha256="0" * 64,
        sample_rate_hz=16_000,
        num_samples=round(16_000 * 3600 * hours),
        text=" ".join(segment.text for segment in true),
        language="en",
        segments=tuple(true),
        words=tuple(timed),
    )
    text = " ".join(segment.text for segment in said)
    answer = Recognised(text=text, segments=tuple(said), words=tuple(heard))
    outcome = Transcript(recognised=answer, timing=Timing())
    return utterance, Result(trial_id="t", outcome=outcome, attempts=1, started_at="")


def _words(texts: list[str], start_s: float, end_s: float) -> list[Word]:
    step_s = (end_s - start_s) / len(texts)
    return [Word(text=t, start_s=start_s + k * step_s, end_s=start_s + (k + 1) * step_s) for k, t in enumerate(texts)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--speakers", type=int, default=6)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # meeteval's remarks on long words
    utterance, result = call(arguments.words, arguments.hours, arguments.speakers)
    trial = Trial(id="t", utterance_id=utterance.key, condition_id="clean", engine_id="e", mode="batch")
    began_s, busy_s = time.perf_counter(), time.process_time()
    tallies = score_trial(trial, utterance, result, get_normalizer("earwitness")).tallies
    took_s, busy_s = time.perf_counter() - began_s, time.process_time() - busy_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{took_s:.1f} s ({busy_s:.1f} s of processor), {peak_mb:.0f} MB at most")
    for name in ("cp", "tcp", "tcorc"):
        if f"{name}.errors" in tallies:
            print(f"{name}: {tallies[f'{name}.errors'] / tallies[f'{name}.words']:.3f}")


if __name__ == "__main__":
    main()
