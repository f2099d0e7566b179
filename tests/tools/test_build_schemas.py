"""The schemas that editors use say what the code takes: today's, no more and no less."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bench.conditions.chain import describe_steps
from tools.build_schemas import FOLDER, schemas

ROOT = Path(__file__).parents[2]
CONFIGS = [*ROOT.glob("configs/*.yaml"), *ROOT.glob("configs/studies/*.yaml"), *ROOT.glob("datasets/*.yaml")]
NAMED = [path for path in CONFIGS if path.read_text("utf-8").startswith("# yaml-language-server")]


def checker(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((FOLDER / name).read_text("utf-8")))


def test_the_committed_schemas_are_those_of_the_code():
    for name, schema in schemas().items():
        assert json.loads((FOLDER / name).read_text("utf-8")) == schema, f"{name}: run python tools/build_schemas.py"


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_every_file_of_ours_is_valid_by_the_schema_it_names(path):
    text = path.read_text("utf-8")
    schema = path.parent / text.partition("\n")[0].partition("$schema=")[2]
    assert schema.resolve().parent == FOLDER
    assert [error.message for error in checker(schema.name).iter_errors(yaml.safe_load(text))] == []


def test_all_but_a_table_name_their_schema():
    assert {path.stem for path in CONFIGS} - {path.stem for path in NAMED} == {"languages-pulse"}


@pytest.mark.parametrize(
    "change",
    [
        {"sead": 1},
        {"engines": [{"id": "p", "engine": "pulse", "settings": {"langage": "en"}}]},
        {"conditions": [{"nose": {"snr_db": 3}}]},
        {"conditions": [{"noise": {"snr_db": 300}}]},
        {"modes": "bach"},
        {"stream": {"concurrency": 0}},
    ],
)
def test_what_the_code_refuses_is_no_config(change):
    config = {"name": "x", "corpora": "a", "engines": "pulse", **change}
    assert not checker("run.schema.json").is_valid(config)


@pytest.mark.parametrize(
    "conditions",
    [
        "clean",
        [
            "clean",
            "landline",
            "g722",
            {"noise": 10},
            {"noise": {"snr_db": [20, 10]}},
            {"noise": {"snr_db": {"min": 5, "max": 9}}},
        ],
        {"id": "x", "steps": ["g722", {"gain": -6}], "request": {"sample_rate_hz": [8000, 16000]}, "seed": 3},
        [[{"gain": -6}, "g722"]],
        *[
            [yaml.safe_load("{" + step.example + "}") if ":" in step.example else step.example]
            for step in describe_steps()
        ],
    ],
)
def test_every_form_of_a_condition_is_valid(conditions):
    config = {"name": "x", "corpora": "a", "engines": "pulse", "conditions": conditions}
    assert [error.message for error in checker("run.schema.json").iter_errors(config)] == []
