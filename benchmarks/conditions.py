"""How many times faster than real time each condition step is on one core, beside audiomentations' nearest.

    python -m benchmarks.conditions --seconds 10 --repeats 7

One process, timed in CPU seconds (of all its threads), so that a busy machine does not count. A row is the median over
repeats of one 16 kHz recording under a fresh utterance id each time: the whole chain with its measurement of dose.
`audiomentations` does its nearest equivalent on the same samples in the same run; where it has none, no figure.
"""

from __future__ import annotations

import os

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import yaml

from bench.audio import Audio
from bench.conditions.chain import StepContext, apply, describe_steps
from bench.conditions.presets import load_presets
from bench.conditions.spec import parse_condition
from bench.errors import BenchError

_RATE_HZ = 16_000
_TALKERS = tuple(f"talker-{number}" for number in range(20))


def speech_like(seconds: float, seed: int = 0) -> Audio:
    """Noise with syllables: what is timed does not depend on what is said."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    samples = 0.2 * rng.standard_normal(len(times)) * (np.sin(2 * np.pi * times) > -0.3)
    return Audio(np.clip(samples, -1, 1).astype(np.float32), _RATE_HZ)


def times_real_time(work: Callable[[int], Any], seconds: float, repeats: int) -> float:
    """Audio seconds per CPU second (all threads), by the median; the first call is not counted."""
    work(0)
    taken = []
    for number in range(1, repeats + 1):
        start = time.process_time()
        work(number)
        taken.append(time.process_time() - start)
    return seconds / statistics.median(taken)


def conditioned(spec: Any, audio: Audio) -> Callable[[int], Any]:
    """One utterance under a condition; the number makes the utterance."""
    (condition,) = parse_condition(spec)
    others = {name: speech_like(8.0, seed) for seed, name in enumerate(_TALKERS)}
    impulse = Audio((np.geomspace(1, 1e-3, 8000) * np.sign(np.sin(np.arange(8000) ** 2))).astype(np.float32), _RATE_HZ)
    fresh = count()

    def work(_: int) -> Any:
        context = StepContext(
            utterance_id=str(next(fresh)),
            load=lambda name: others.get(name, impulse),
            listing=lambda name: _TALKERS if "noise" in name else ("impulse",),
            others=_TALKERS,
            channel=lambda _: audio,
        )
        return apply(condition, audio, context)

    return work


def nearest_transforms(audio: Audio) -> dict[str, Callable[[int], Any]]:
    """audiomentations' nearest equivalent of a step, and of the call-centre preset; empty if not installed."""
    try:
        import audiomentations as library
    except ImportError:
        return {}
    telephone = [
        library.AddGaussianSNR(min_snr_db=12, max_snr_db=12, p=1),
        library.BandPassFilter(min_center_freq=1000, max_center_freq=1010, min_bandwidth_fraction=1.9, p=1),
        library.Resample(8000, 8000, p=1),
        library.BitCrush(8, 8, p=1),
        library.TimeMask(min_band_part=0.01, max_band_part=0.01, p=1),
    ]
    chosen = {
        "noise": library.AddGaussianSNR(min_snr_db=10, max_snr_db=10, p=1),
        "gain": library.Gain(-6, -6, p=1),
        "loudness": library.LoudnessNormalization(-23, -23, p=1) if _has("loudness") else None,
        "clip": library.ClippingDistortion(2, 2, p=1),
        "quantise": library.BitCrush(8, 8, p=1),
        "resample": library.Resample(8000, 8000, p=1),
        "mp3": library.Mp3Compression(32, 32, p=1) if _has("fast_mp3_augment") else None,
        "low_pass": library.LowPassFilter(3400, 3400, p=1),
        "high_pass": library.HighPassFilter(100, 100, p=1),
        "band_limit": telephone[1],
        "tempo": library.TimeStretch(1.25, 1.25, leave_length_unchanged=False, p=1),
        "pitch": library.PitchShift(-3, -3, p=1),
        "call-centre-mumbai": library.Compose(telephone),
    }
    return {name: _on(audio, made) for name, made in chosen.items() if made is not None}


def _on(audio: Audio, transform: Any) -> Callable[[int], Any]:
    return lambda _: transform(samples=audio.samples.copy(), sample_rate=_RATE_HZ)


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def specs() -> Iterator[tuple[str, Any]]:
    """Every step by its example, then every preset."""
    for step in describe_steps():
        yield step.name, yaml.safe_load(step.example)
    for name in load_presets():
        yield name, name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the recording")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one JSON line a row")
    args = parser.parse_args()
    audio = speech_like(args.seconds)
    theirs = nearest_transforms(audio)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one core")
    print(f"{'step or preset':22} {'x real time':>12} {'audiomentations':>16}")
    for name, spec in specs():
        try:
            ours = times_real_time(conditioned(spec, audio), args.seconds, args.repeats)
        except BenchError as error:
            print(f"{name:22} {'-':>12} {'-':>16}  {error}")
            continue
        other = times_real_time(theirs[name], args.seconds, args.repeats) if name in theirs else None
        if args.json:
            print(json.dumps({"name": name, "x_real_time": ours, "audiomentations": other}))
        else:
            print(f"{name:22} {ours:12.0f} {'-' if other is None else format(other, '.0f'):>16}")


if __name__ == "__main__":
    main()
