"""Audio is brought to what an engine accepts, or the plan says why it cannot be."""

from __future__ import annotations

import pytest

from bench.conditions.wire import fitted
from bench.engines.base import Accepts
from bench.execution.fitting import misfits
from bench.types import Condition, RequestSpec, Utterance

RATES = (8000, 16000, 24000)


@pytest.mark.parametrize(
    ("audio_hz", "expected"),
    [(8000, None), (11025, 16000), (16000, None), (22050, 24000), (48000, 24000), (4000, 8000)],
)
def test_audio_goes_to_the_next_rate_above_its_own_that_is_accepted(audio_hz, expected):
    assert fitted(RequestSpec(), audio_hz, RATES).sample_rate_hz == expected


@pytest.mark.parametrize(
    "request_", [RequestSpec(sample_rate_hz=11025), RequestSpec(declared_sample_rate_hz=8000)], ids=["named", "false"]
)
def test_a_rate_that_a_condition_chose_is_left_alone(request_):
    assert fitted(request_, 44100, RATES) == request_


def test_an_engine_without_rates_takes_any():
    assert fitted(RequestSpec(), 11025, None) == RequestSpec()


def _utterance(seconds: float) -> Utterance:
    return Utterance(
        id="u",
        corpus="c",
        audio="u.wav",
        sha256="",
        sample_rate_hz=8000,
        num_samples=round(8000 * seconds),
        text="",
        language="en",
    )


def _problems(accepts: Accepts, mode, request: RequestSpec = RequestSpec(), chunk_ms=None, seconds: float = 1.0):  # noqa: B008
    condition = Condition(id="clean", request=request)
    found = misfits(accepts, mode, {"clean": condition}, [_utterance(seconds)], chunk_ms, "config: engine x")
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    ("accepts", "mode", "more", "said"),
    [
        (
            Accepts(encodings=("linear16",)),
            "stream",
            {"request": RequestSpec(encoding="opus")},
            "an encoding of linear16",
        ),
        (Accepts(rates_hz=RATES), "stream", {"request": RequestSpec(sample_rate_hz=11025)}, "got 11025 Hz"),
        (Accepts(containers=("wav",)), "batch", {"request": RequestSpec(container="flac")}, "a container of wav"),
        (Accepts(min_chunk_ms=50), "stream", {"chunk_ms": 20.0}, "chunks of 50 ms or more"),
        (Accepts(max_chunk_ms=250), "stream", {"chunk_ms": 300.0}, "chunks of 0 ms to 250 ms"),
        (Accepts(max_s=120), "batch", {"seconds": 121.0}, "recordings of at most 120 s"),
    ],
)
def test_what_would_be_refused_is_told_with_its_place(accepts, mode, more, said):
    (problem,) = _problems(accepts, mode, **more)
    assert said in problem
    assert problem.startswith("config: engine x")


def test_what_fits_is_not_told():
    accepts = Accepts(encodings=("linear16",), rates_hz=RATES, containers=("wav",), min_chunk_ms=50, max_s=2.0)
    assert _problems(accepts, "stream", chunk_ms=100.0) == []
    assert _problems(accepts, "batch", RequestSpec(sample_rate_hz=8000)) == []
