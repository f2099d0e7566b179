"""Every problem of a config is told in one round."""

import pytest

from bench.errors import ConfigError
from bench.execution.planning import load_plan

WRONG = {
    "corpora[0]": "corpora: [nowhere.jsonl, libre]",
    "engines[0].engine": "engines: [{id: a, engine: puls}",
    "engines[1].settings": "{id: b, engine: moonshine, settings: {languag: en}}",
    "engines[2].emulate.recognizer": "{id: c, engine: pulse, emulate: {recognizer: moonshin}}",
    "engines[3].emulate.recognizer": "{id: d, engine: pulse, emulate: {recognizer: 'script:nowhere.yaml'}}",
    "engines[4].emulate.behaviour": "{id: e, engine: pulse, emulate: {recognizer: silence, behaviour: {dialec: x}}}",
    "engines[5].emulate.faults.seeds": "{id: f, engine: pulse, emulate: {recognizer: silence, faults: {seeds: 1}}}]",
}
REST = """
conditions: [cleen, {id: n, request: {keywords: nowhere.txt}}]
normalizer: wisper
targets: [{wr: 12%}]
executor: rai
"""
PLACES = [*WRONG, "corpora[1]", "conditions[0]", "n: request.keywords", "normalizer", "targets", "executor"]


def config(form: str = "") -> str:
    corpora, *engines = WRONG.values()
    return f"name: x\n{corpora}\n{', '.join(engines)}\n{REST}{form}"


def told(tmp_path, text: str) -> list[str]:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    return [str(problem).removeprefix(f"{path}: ") for problem in caught.value.problems]


@pytest.mark.parametrize("form", ["", "sed: 1\n", "batch: {concurrency: none}\n", "modes: [bath]\n"])
def test_names_of_every_kind_are_told_together_and_with_what_is_wrong_in_form(tmp_path, form):
    problems = told(tmp_path, config(form))
    for place in (*PLACES, *([form.partition(":")[0]] if form else [])):
        assert [problem for problem in problems if problem.startswith(place)], (place, problems)
    assert len(set(problems)) == len(problems) == len(PLACES) + bool(form)


def test_names_of_an_entry_that_is_wrong_in_form_are_told_too(tmp_path):
    entries = "corpora: [{source: libre, limi: 3}]\nengines: [{engine: puls, modles: batch}]\n"
    problems = told(tmp_path, f"name: x\n{entries}")
    places = ["corpora[0].limi", "engines[0].id", "engines[0].modles", "corpora[0]:", "engines[0].engine"]
    assert all(any(problem.startswith(place) for problem in problems) for place in places), problems


def test_the_nearest_recogniser_is_named(tmp_path):
    (problem,) = told(
        tmp_path,
        "name: x\ncorpora: [quickstart-en]\nengines: [{id: a, engine: pulse, emulate: {recognizer: moonshin}}]\n",
    )
    assert "did you mean 'moonshine'?" in problem
