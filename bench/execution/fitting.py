"""What an engine accepts against what a run would send it: brought to it, or told before the first call. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.conditions.wire import SAMPLE_BYTES, fitted
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
        yield from _of_request(accepts, mode, condition, where)
        if mode == "batch":
            yield from _of_sizes(accepts, condition, utterances, where)
        else:
            yield from _of_chunks(accepts, condition, utterances, chunk_ms, where)
    longest = max((utterance.duration_s for utterance in utterances), default=0.0)
    if accepts.max_s is not None and longest > accepts.max_s:
        long = sum(utterance.duration_s > accepts.max_s for utterance in utterances)
        expected = f"recordings of at most {accepts.max_s:g} s in {mode}"
        yield Problem(where, expected, f"{long} that are longer, up to {longest:.0f} s", "cut them, or set `modes:`")


def _of_request(accepts: Accepts, mode: Mode, condition: Condition, where: str) -> Iterator[Problem]:
    request, condition_where = condition.request, _place(where, condition)
    if accepts.encodings is not None and request.encoding not in accepts.encodings:
        yield Problem(condition_where, f"an encoding of {', '.join(accepts.encodings)} in {mode}", request.encoding)
    rate = request.sample_rate_hz
    if rate is not None and accepts.rates_hz is not None and rate not in accepts.rates_hz:
        yield Problem(condition_where, f"a rate of {', '.join(map(str, accepts.rates_hz))} Hz in {mode}", f"{rate} Hz")
    if mode == "batch" and accepts.containers is not None and request.container not in accepts.containers:
        yield Problem(condition_where, f"a container of {', '.join(accepts.containers)}", request.container)


def _place(where: str, condition: Condition) -> str:
    return f"{where} under the condition {condition.id}"


def _wire_rates_hz(accepts: Accepts, condition: Condition, utterances: Sequence[Utterance]) -> dict[int, int]:
    """Rates of recordings, and those they are sent at where no step of the condition changes them."""
    rates_hz = {utterance.sample_rate_hz for utterance in utterances}
    return {hz: fitted(condition.request, hz, accepts.rates_hz).sample_rate_hz or hz for hz in rates_hz}


def _of_sizes(accepts: Accepts, condition: Condition, utterances: Sequence[Utterance], where: str) -> Iterator[Problem]:
    """Bodies as large as they will be but for a header; of packed containers nobody knows before."""
    width = SAMPLE_BYTES.get(condition.request.encoding)
    if accepts.max_bytes is None or width is None or condition.request.container == "flac":
        return
    rates_hz = _wire_rates_hz(accepts, condition, utterances)
    sizes = [utterance.duration_s * rates_hz[utterance.sample_rate_hz] * width for utterance in utterances]
    large = [size for size in sizes if size > accepts.max_bytes]
    if large:
        got = f"{len(large)} that are larger, up to {max(large) / 1e6:.1f} MB"
        expected = f"recordings of at most {accepts.max_bytes / 1e6:g} MB in batch"
        yield Problem(_place(where, condition), expected, got, "cut them, or send them as flac")


def _of_chunks(
    accepts: Accepts, condition: Condition, utterances: Sequence[Utterance], chunk_ms: float | None, where: str
) -> Iterator[Problem]:
    sent_ms, request, highest = [chunk_ms] if chunk_ms is not None else [], condition.request, accepts.max_chunk_ms
    width = SAMPLE_BYTES.get(request.encoding)
    if request.chunk_bytes is not None and width is not None:
        rates_hz = sorted(set(_wire_rates_hz(accepts, condition, utterances).values()))
        sent_ms = [1000 * request.chunk_bytes / width / rate_hz for rate_hz in rates_hz]
    wrong = [ms for ms in sent_ms if ms < accepts.min_chunk_ms or (highest is not None and ms > highest)]
    if wrong:
        bounds = f"{accepts.min_chunk_ms:g} ms" + (" or more" if highest is None else f" to {highest:g} ms")
        yield Problem(_place(where, condition), f"chunks of {bounds}", f"{wrong[0]:g}")
