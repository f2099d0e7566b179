"""Transforms of audiomentations by name: seeded by us, without touching anybody's generators."""

import random  # noqa: TID251 - to see that it is left alone
from importlib.util import find_spec

import numpy as np
import pytest

from bench.errors import AudioError
from tests.conditions.signals import conditioned, voice

pytestmark = pytest.mark.skipif(find_spec("audiomentations") is None, reason="extra augment is not installed")
GAUSSIAN = {"audiomentations": {"transform": "AddGaussianSNR", "options": {"min_snr_db": 10, "max_snr_db": 10}}}


def test_transform_does_its_work_and_repeats_itself():
    clean = voice(2.0)
    first, again, other = (conditioned(GAUSSIAN, clean, utterance=name).audio.samples for name in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    noise = first - clean.samples
    assert 10 * np.log10(np.mean(clean.samples**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.3)


def test_global_generators_are_left_as_they_were():
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    conditioned(GAUSSIAN, voice(0.5))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"transform": "AddGausianSNR"}, "did you mean 'AddGaussianSNR'"),
        ({"transform": "Compose"}, "expected a waveform transform"),
        ({"transform": "Clip", "options": {"a": 1}}, "expected parameters it takes"),
    ],
)
def test_unknown_transforms_and_parameters(params, message):
    with pytest.raises(AudioError, match=message):
        conditioned({"audiomentations": params}, voice(0.5))
