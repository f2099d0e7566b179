"""What is known of the error of aligners that set a corpus's word times."""

import re
from pathlib import Path

import pytest

from bench.aligners.accuracy import MEASURED_S, reference_errors
from bench.corpora.manifest import Header, Manifest
from bench.types import Utterance

DOCS = Path(__file__).parents[2] / "docs/latency.md"
SAID = Utterance(
    id="u", corpus="c", audio="u.wav", sha256="0" * 64, sample_rate_hz=8000, num_samples=8000, text="a", language="en"
)


def of(aligner):
    header = Header(name="c", licence="CC0-1.0", source="made", synthetic=True, aligner=aligner)
    errors = reference_errors([Manifest(path=Path("m.jsonl"), header=header, utterances=(SAID,))])
    return errors.get("c")


def test_errors_are_those_that_the_docs_measured():
    rows = re.findall(
        r"^\| joined words, [^|]*\| ([^|]*) \|[^|]*\|[^|]*\| ([\d.]+) \| ([\d.]+) \|", DOCS.read_text(), re.M
    )
    measured: dict[str, tuple[float, float]] = {}
    for name, median, p95 in rows:
        parts = [part.strip("` ").lower() for part in name.split(",")]
        known = measured.get(":".join(parts), (0.0, 0.0))
        measured[":".join(parts)] = max(known[0], float(median)), max(known[1], float(p95))
    assert measured == MEASURED_S


def test_the_worst_of_several_aligners_counts():
    assert of(None) is None
    assert of("pocketsphinx@5.1.1 en-us").median_s == 0.02
    assert of("pocketsphinx@5.1.1 en-us, recognizer:whisper@1").p95_s == pytest.approx(0.67)
    assert of("pocketsphinx@5.1.1 en-us, mine@1").median_s is None
