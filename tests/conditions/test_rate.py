"""Resamplers: the good ones keep the band clean, the bad ones alias, as asked."""

import numpy as np
import pytest

from bench.conditions.rate import RESAMPLERS
from tests.conditions.signals import band_db, conditioned, lag_s, tone, voice

GOOD = ("soxr_vhq", "soxr_hq", "polyphase")


def down(resampler, hz):
    return conditioned({"resample": {"to": 8000, "resampler": resampler}}, tone(hz, 2.0)).audio


@pytest.mark.parametrize("resampler", RESAMPLERS)
@pytest.mark.parametrize("to", [8000, 11025, 44100])
def test_rate_length_and_alignment(resampler, to):
    clean = voice(2.0)
    heard = conditioned({"resample": {"to": to, "resampler": resampler}}, clean).audio
    assert heard.sample_rate_hz == to
    assert len(heard.samples) == pytest.approx(2.0 * to, abs=1)
    back = conditioned({"resample": 16000}, heard).audio
    assert abs(lag_s(clean, back, 0.005)) <= 0.001


@pytest.mark.parametrize("resampler", GOOD)
def test_a_tone_above_the_new_band_disappears(resampler):
    assert band_db(down(resampler, 5000), 0, 4000) < band_db(tone(5000, 2.0), 4900, 5100) - 45


def test_without_a_filter_it_folds_down():
    """5 kHz at 8 kHz sampling is heard at 3 kHz."""
    folded = down("none-alias", 5000)
    assert band_db(folded, 2950, 3050) == pytest.approx(band_db(tone(5000, 2.0), 4950, 5050), abs=0.5)
    assert band_db(down("linear", 5000), 2950, 3050) > band_db(folded, 0, 4000) - 12


@pytest.mark.parametrize("resampler", RESAMPLERS)
def test_a_tone_within_the_band_is_kept(resampler):
    assert band_db(down(resampler, 500), 480, 520) == pytest.approx(band_db(tone(500, 2.0), 480, 520), abs=0.3)


def test_linear_upsampling_leaves_images_that_soxr_does_not():
    narrow = tone(3000, 2.0, 8000)
    images = {
        name: band_db(conditioned({"resample": {"to": 16000, "resampler": name}}, narrow).audio, 4900, 5100)
        for name in RESAMPLERS
    }
    assert images["none-alias"] > images["linear"] > images["soxr_vhq"] + 40


def test_the_same_rate_changes_nothing():
    clean = voice(1.0)
    assert np.array_equal(conditioned({"resample": 16000}, clean).audio.samples, clean.samples)
