"""Audio is brought to what an engine accepts, or the plan says why it cannot be."""

from __future__ import annotations

import pytest

from bench.conditions.wire import fitted
from bench.engines import ENGINES
from bench.engines.base import Accepts
from bench.engines.dialect.engine import Vendor
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
        (Accepts(max_chunk_ms=250), "stream", {"request": RequestSpec(chunk_bytes=8000)}, "got 500"),
        (Accepts(max_bytes=15_000), "batch", {}, "recordings of at most 0.015 MB"),
        (Accepts(max_bytes=15_000, rates_hz=(16_000,)), "batch", {"seconds": 0.5}, "got 1 that are larger"),
        (Accepts(max_s=120), "batch", {"seconds": 121.0}, "recordings of at most 120 s"),
    ],
)
def test_what_would_be_refused_is_told_with_its_place(accepts, mode, more, said):
    (problem,) = _problems(accepts, mode, **more)
    assert said in problem
    assert problem.startswith("config: engine x")


VENDORS = [name for name in ENGINES.names() if isinstance(ENGINES.load(name), Vendor)]


@pytest.mark.parametrize(
    ("name", "mode"), [(name, mode) for name in VENDORS for mode in ENGINES.load(name).about.modes]
)
def test_what_a_vendor_takes_is_held_to_before_the_first_call(name, mode):
    accepts = ENGINES.load(name).about.accepts[mode]
    sent = fitted(RequestSpec(), 11_025, accepts.rates_hz).sample_rate_hz
    assert sent is None if accepts.rates_hz is None else sent in accepts.rates_hz
    encoding = accepts.encodings[0]
    assert _problems(accepts, mode, RequestSpec(encoding=encoding)) == []
    assert "an encoding of" in _problems(accepts, mode, RequestSpec(encoding="another"))[0]
    if accepts.rates_hz is not None:
        assert "a rate of" in _problems(accepts, mode, RequestSpec(encoding=encoding, sample_rate_hz=11_025))[0]
    if accepts.max_s is not None:
        (told,) = _problems(accepts, mode, RequestSpec(encoding=encoding, container="flac"), seconds=accepts.max_s + 1)[
            -1:
        ]
        assert "recordings of at most" in told
    if mode == "batch" and accepts.max_bytes is not None:
        seconds = accepts.max_bytes / 2 / max(accepts.rates_hz or [8000]) + 1
        assert any("MB in batch" in told for told in _problems(accepts, mode, RequestSpec(), seconds=seconds))
    for ms in [accepts.min_chunk_ms - 1] * (accepts.min_chunk_ms > 0) + [1 + (accepts.max_chunk_ms or -1)]:
        if mode == "stream" and ms > 0:
            assert "chunks of" in _problems(accepts, mode, RequestSpec(encoding=encoding), chunk_ms=ms)[0]


def test_what_fits_is_not_told():
    accepts = Accepts(encodings=("linear16",), rates_hz=RATES, containers=("wav",), min_chunk_ms=50, max_s=2.0)
    assert _problems(accepts, "stream", chunk_ms=100.0) == []
    assert _problems(accepts, "batch", RequestSpec(sample_rate_hz=8000)) == []
    small = Accepts(max_bytes=16_000)
    assert _problems(small, "batch") == []
    assert _problems(small, "batch", RequestSpec(container="flac"), seconds=9.0) == []  # its size is not known before
