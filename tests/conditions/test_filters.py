"""Band limits, from the spectrum of a chirp."""

import numpy as np
import pytest

from bench.errors import AudioError
from tests.conditions.signals import band_db, chirp, conditioned, lag_s, voice


def change_db(spec, low_hz, high_hz, rate=16000):
    clean = chirp(2.0, rate)
    return band_db(conditioned(spec, clean).audio, low_hz, high_hz) - band_db(clean, low_hz, high_hz)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_telephone_band(rate):
    """Full inside 400-3200 Hz, half amplitude at the edges, gone outside."""
    assert change_db("band_limit", 400, 3200, rate) == pytest.approx(0, abs=0.2)
    assert change_db("band_limit", 20, 220, rate) < -40
    assert change_db("band_limit", 3600, rate / 2, rate) < -40
    assert change_db("band_limit", 295, 305, rate) == pytest.approx(-6, abs=1)


def test_one_sided_filters():
    assert change_db({"low_pass": 2000}, 100, 1800) == pytest.approx(0, abs=0.2)
    assert change_db({"low_pass": 2000}, 2200, 8000) < -40
    assert change_db({"high_pass": 1000}, 1200, 7900) == pytest.approx(0, abs=0.2)
    assert change_db({"high_pass": 1000}, 100, 850) < -40


def test_no_delay_and_no_change_of_length():
    clean = voice(2.0)
    heard = conditioned("band_limit", clean).audio
    assert len(heard.samples) == len(clean.samples)
    assert lag_s(clean, heard, 0.01) == 0


def test_an_edge_above_half_the_rate_is_no_edge():
    clean = voice(1.0, 8000)
    assert np.array_equal(conditioned({"low_pass": 5000}, clean).audio.samples, clean.samples)
    assert change_db({"band_limit": {"low_hz": 300, "high_hz": 7000}}, 400, 3900, 8000) == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("spec", [{"high_pass": 5000}, {"band_limit": {"low_hz": 3000, "high_hz": 1000}}])
def test_bands_that_do_not_exist_are_refused(spec):
    with pytest.raises(AudioError, match="expected"):
        conditioned(spec, voice(1.0, 8000))
