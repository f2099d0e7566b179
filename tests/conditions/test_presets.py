"""Presets and studies that come with the package are valid; a broken preset file is named."""

from pathlib import Path

import pytest
import yaml

from bench.conditions import STEPS
from bench.conditions.presets import load_presets
from bench.conditions.spec import parse_condition
from bench.errors import ConfigError
from bench.files import resource_dir


@pytest.mark.parametrize("name", sorted(load_presets()))
def test_preset_is_a_valid_condition_of_its_own_name(name):
    (condition,) = parse_condition(name)
    assert condition.id == name
    assert condition.steps
    assert name not in STEPS
    assert load_presets()[name]["about"].endswith(".")


@pytest.mark.parametrize("path", sorted((resource_dir("configs") / "studies").glob("*.yaml")), ids=lambda p: p.stem)
def test_study_has_valid_conditions_and_contrasts_between_them(path: Path):
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    ids = [one.id for spec in study["conditions"] for one in parse_condition(spec)]
    assert len(ids) == len(set(ids))
    for contrast in study.get("contrasts", []):
        assert {contrast["of"]["condition"], contrast["minus"]["condition"]} <= set(ids)


def test_broken_presets_are_all_named(tmp_path):
    (tmp_path / "a.yaml").write_text("steps: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- g711", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("steps: [g711]", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_presets(tmp_path)
    assert [Path(problem.where).name for problem in error.value.problems] == ["a.yaml:1:9", "b.yaml"]
