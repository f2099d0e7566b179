"""A small corpus to test on: tones for recordings, utterances with everything filled in."""

from pathlib import Path

import numpy as np

from bench import audio
from bench.corpora.manifest import Header
from bench.types import Utterance

HEADER = Header(name="tiny", licence="CC0-1.0", source="made up", synthetic=True)


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 300.0, level: float = 0.3) -> audio.Audio:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return audio.Audio((level * np.sin(2 * np.pi * hz * times)).astype(np.float32), rate_hz)


def put_tone(path: Path, seconds: float = 0.5, rate_hz: int = 16_000, hz: float = 300.0) -> Path:
    """Any format that libsndfile writes, by suffix."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, tone(seconds, rate_hz, hz).samples, rate_hz)
    return path


def utterance(name: str = "a", **changes: object) -> Utterance:
    values: dict[str, object] = {
        "id": name,
        "corpus": "tiny",
        "audio": f"audio/{name}.wav",
        "sha256": f"{abs(hash(name)):064x}"[:64],
        "sample_rate_hz": 16_000,
        "num_samples": 32_000,
        "text": f"this is what {name} said",
        "language": "en",
    }
    return Utterance(**{**values, **changes})  # type: ignore[arg-type]
