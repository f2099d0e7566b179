"""What an engine accepts against what a run would send it: brought to it, or told before the first call. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.conditions.wire import SAMPLE_BYTES
from bench.engines.base import Accepts
from bench.errors import Problem
from bench.types import Condition, Mode, Utterance


def misfits(
    accepts: Accepts,
    mode: Mode,
    conditions: Mapping[str, Condition],
    utterances: Sequence[Utterance],
    chunk_ms: float | None,
    where: str,
) -> Iterator[Problem]:
    """Everything that would be refused, and that resampling does not mend. `where`: the engine's place."""
    for condition in conditions.values():
        yield from _of_request(accepts, mode, condition, chunk_ms, where)
    longest = max((utterance.duration_s for utterance in utterances), default=0.0)
    if accepts.max_s is not None and longest > accepts.max_s:
        long = sum(utterance.duration_s > accepts.max_s for utterance in utterances)
        expected = f"recordings of at most {accepts.max_s:g} s in {mode}"
        yield Problem(where, expected, f"{long} that are longer, up to {longest:.0f} s", "cut them, or set `modes:`")


def _of_request(
    accepts: Accepts, mode: Mode, condition: Condition, chunk_ms: float | None, where: str
) -> Iterator[Problem]:
    request, place = condition.request, f"{where} under the condition {condition.id}"
    if accepts.encodings is not None and request.encoding not in accepts.encodings:
        yield Problem(place, f"an encoding of {', '.join(accepts.encodings)} in {mode}", request.encoding)
    rate = request.sample_rate_hz
    if rate is not None and accepts.rates_hz is not None and rate not in accepts.rates_hz:
        yield Problem(place, f"a rate of {', '.join(map(str, accepts.rates_hz))} Hz in {mode}", f"{rate} Hz")
    if mode == "batch":
        if accepts.containers is not None and request.container not in accepts.containers:
            yield Problem(place, f"a container of {', '.join(accepts.containers)}", request.container)
        return
    sent_ms = chunk_ms
    if request.chunk_bytes is not None and rate is not None and request.encoding in SAMPLE_BYTES:
        sent_ms = 1000 * request.chunk_bytes / SAMPLE_BYTES[request.encoding] / rate
    highest = accepts.max_chunk_ms
    if sent_ms is not None and (sent_ms < accepts.min_chunk_ms or (highest is not None and sent_ms > highest)):
        bounds = f"{accepts.min_chunk_ms:g} ms" + ("" if highest is None else f" to {highest:g} ms")
        yield Problem(
            place, f"chunks of {bounds} or more" if highest is None else f"chunks of {bounds}", f"{sent_ms:g}"
        )
