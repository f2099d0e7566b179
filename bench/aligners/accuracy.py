"""How exact aligners are, as `python -m benchmarks.aligners` measured it (docs/latency.md, "How exact")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.corpora.manifest import Manifest
from bench.scoring.timing.reference_error import ReferenceError

MEASURED_S: Mapping[str, tuple[float, float]] = {
    "pocketsphinx": (0.02, 0.08),
    "recognizer:pocketsphinx": (0.02, 0.04),
    "recognizer:whisper": (0.13, 0.67),
}
"""|error| of word ends in seconds, median and 95th percentile, by aligner; of two kinds of speech the larger."""


def reference_errors(manifests: Iterable[Manifest]) -> dict[str, ReferenceError]:
    """By corpus, where an aligner set times of its words; of several aligners, the worst that is known of any."""
    return {
        corpus: _error(manifest.header.aligner)
        for manifest in manifests
        if manifest.header.aligner
        for corpus in {utterance.corpus for utterance in manifest.utterances}
    }


def _error(aligners: str) -> ReferenceError:
    known = [MEASURED_S.get(aligner.partition("@")[0]) for aligner in aligners.split(", ")]
    measured = [error for error in known if error is not None]
    if len(measured) < len(known):
        return ReferenceError(aligner=aligners)
    return ReferenceError(
        aligner=aligners, median_s=max(median for median, _ in measured), p95_s=max(p95 for _, p95 in measured)
    )
