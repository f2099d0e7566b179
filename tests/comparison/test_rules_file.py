from __future__ import annotations

from pathlib import Path

import pytest

from bench.comparison.rules import Margin, usual_drift
from bench.comparison.rules_file import load_rules, parse_rules
from bench.errors import ConfigError
from bench.files import resource_dir
from bench.scoring.features import TALLIED


def test_rules_are_read_in_short_and_in_long():
    content = {
        "alpha": 0.01,
        "min_utterances": 200,
        "rules": [
            {"wer": "+0.5pp"},
            {"metric": "wer", "where": {"language": "hi"}, "margin": "+5%", "alpha": 0.1, "unit": "utterance"},
            {"final_latency_s.p95": "+10%"},
            {"metric": "cer", "ceiling": "15%"},
            {"failed_rate": "2%"},
            {"empty_rate": 0},
        ],
    }
    short, long, latency, ceiling, failed, empty = parse_rules(content, where="x")
    assert (short.margin, short.alpha, short.min_utterances) == (Margin(absolute=0.005), 0.01, 200)
    assert (long.margin, long.alpha, long.unit, dict(long.where)) == (
        Margin(relative=0.05),
        0.1,
        "utterance",
        {"language": "hi"},
    )
    assert latency.modes == ("stream",)
    assert ceiling.ceiling == pytest.approx(0.15)
    assert (failed.maximum, empty.maximum) == (0.02, 0.0)


def test_the_direction_is_that_of_the_metric():
    from bench.scoring.timing.metrics import METRICS

    better_high = [name for name, metric in METRICS.items() if not metric.lower_is_better]
    rules = parse_rules({"rules": [{f"{name}.mean": "+1%"} for name in METRICS]}, where="x")
    assert [rule.metric.removesuffix(".mean") for rule in rules if not rule.lower_is_better] == better_high


@pytest.mark.parametrize("metric", [measure.name for measure in TALLIED if measure.best is not None])
def test_what_may_err_either_way_has_no_direction_to_be_judged_in(metric):
    with pytest.raises(ConfigError, match=rf"{metric}, of which nearest \d is best; judge errors instead"):
        parse_rules({"rules": [{metric: "+1"}]}, where="x")


def test_every_problem_is_reported_at_once_with_its_place():
    rules = [
        {"werr": "+0.5pp"},
        {"wer": "half a point"},
        {"final_latency.p95": "+10%"},
        {"metric": "wer"},
        {"metric": "wer", "margin": "+1pp", "ceiling": 0.1},
        {"metric": "failed_rate", "margin": "+1pp"},
        {"metric": "wer", "margin": "+1pp", "where": {"langauge": "hi"}},
    ]
    with pytest.raises(ConfigError) as caught:
        parse_rules({"rules": rules}, where="gate.yaml")
    said = str(caught.value)
    assert [problem.where for problem in caught.value.problems] == [
        "gate.yaml: rules[0].metric",
        "gate.yaml: rules[1].margin",
        "gate.yaml: rules[2].metric",
        "gate.yaml: rules[3]",
        "gate.yaml: rules[4]",
        "gate.yaml: rules[5]",
        "gate.yaml: rules[6].where.langauge",
    ]
    for hint in (
        "did you mean 'wer'",
        "did you mean 'final_latency_s'",
        "did you mean 'language'",
        "margin and ceiling",
    ):
        assert hint in said


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"rules": []}, "gate.yaml: rules"),
        ({"rules": [{"wer": "+1pp"}], "alhpa": 0.1}, "gate.yaml: alhpa"),
        ({"rules": [{"wer": "+1pp"}], "alpha": 5}, "gate.yaml: alpha"),
        ({"rules": [{"metric": "wer", "margin": "+1pp", "celing": 1}]}, "gate.yaml: rules[0].celing"),
        ({"rules": [{"metric": "wer", "ceiling": 0.1, "drift": "1pp"}]}, "gate.yaml: rules[0].drift"),
        ({"rules": [{"metric": "wer", "margin": "+1pp", "drift": "much"}]}, "gate.yaml: rules[0].drift"),
        ("nonsense", "gate.yaml"),
    ],
)
def test_the_world_is_closed(content, place):
    with pytest.raises(ConfigError) as caught:
        parse_rules(content, where="gate.yaml")
    assert place in [problem.where for problem in caught.value.problems]


def test_a_missing_file_and_broken_yaml_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="a readable YAML file of rules"):
        load_rules(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("rules: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected YAML"):
        load_rules(tmp_path / "broken.yaml")


@pytest.mark.parametrize("name", ["gate.yaml", "ci-gate.yaml"])
def test_the_presets_are_valid(name):
    assert load_rules(resource_dir("configs") / name) == load_rules(Path(name))


def test_the_presets_allow_an_unchanged_system_to_drift():
    """By a single baseline run, which shows no drift, they accused it in 20 % of cases."""
    rules = [rule for name in ("gate.yaml", "ci-gate.yaml") for rule in load_rules(Path(name))]
    compared = [rule for rule in rules if rule.coverage is None and rule.ceiling is None]
    assert compared
    assert all(rule.drift == usual_drift(rule.metric) for rule in compared)
