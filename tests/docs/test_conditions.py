"""The manual names every step, study and form, and its example of a step works."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from bench.conditions import STEPS
from bench.conditions.chain import StepContext
from bench.conditions.spec import REQUEST_PARAMS, parse_condition
from bench.files import resource_dir
from tests.conditions.signals import voice

MANUAL = (Path(__file__).parents[2] / "docs/conditions.md").read_text(encoding="utf-8")


def block(kind):
    return re.search(rf"```{kind}\n(.*?)```", MANUAL, re.DOTALL).group(1)


@pytest.mark.parametrize("name", STEPS.names())
def test_every_step_is_in_the_manual(name):
    assert f"`{name}`" in MANUAL


def test_every_study_and_request_key_is_in_the_manual():
    for study in (resource_dir("configs") / "studies").glob("*.yaml"):
        assert f"`{study.stem}`" in MANUAL
    assert all(param.name in MANUAL for param in REQUEST_PARAMS)


def test_the_example_conditions_are_valid():
    ids = [one.id for spec in yaml.safe_load(block("yaml"))["conditions"] for one in parse_condition(spec)]
    assert ids[:3] == ["clean", "noise-snr_db-20", "noise-snr_db-10"]
    assert len(ids) == 8


def test_the_example_step_works():
    names = {}
    exec(block("python"), names)  # the manual's own code
    done = names["tremolo"](voice(1.0), StepContext(utterance_id="u"), np.random.default_rng(0), hz=5)
    assert done.dose == {"modulation_hz": 5}
    assert done.audio.samples.dtype == np.float32
