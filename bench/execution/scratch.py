"""Conditioned audio kept on disk for the length of a run: made once, read by every mode, engine and process.

Bounded: which recordings have a place is settled beforehand, and the others are made again when they are needed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.audio import Audio
from bench.conditions.chain import Conditioned

LIMIT_BYTES = 2_000_000_000


@contextmanager
def scratch(run_folder: Path) -> Iterator[Path]:
    """An empty folder for conditioned audio, gone afterwards; what a killed run left there goes first."""
    folder = place(run_folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(run_folder: Path) -> Path:
    """Where a run keeps conditioned audio."""
    return run_folder / "scratch"


def load(path: Path) -> Conditioned | None:
    """What was kept there; `None`: nothing (yet)."""
    try:
        with np.load(path) as kept:
            audio = Audio(kept["samples"], int(kept["sample_rate_hz"]))
            return Conditioned(audio, json.loads(str(kept["dose"])))
    except FileNotFoundError:
        return None


def save(path: Path, made: Conditioned) -> None:
    """Keep it, whole or not at all; a folder that is gone or full keeps nothing."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(
                file,
                samples=made.audio.samples,
                sample_rate_hz=made.audio.sample_rate_hz,
                dose=json.dumps(made.dose),
            )
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
