"""What a config asks to be reached, judged by the gate's own rules on one run."""

import pytest

from bench.comparison.targets import Met, Target, parse_targets
from bench.errors import ConfigError
from bench.store import RunFolder
from tests.runs import make_run, utterances, wrong_in


def judged(tmp_path, *targets, **options):
    folder = make_run(tmp_path / "run", options.pop("answer", wrong_in(0.3)), targets=list(targets), **options)
    return RunFolder(folder).read_value("targets.json", tuple[Target, ...])


def test_a_target_is_met_missed_or_not_shown_and_says_why(tmp_path):
    met, missed, close, failed = judged(tmp_path, {"wer": "10%"}, {"wer": "1%"}, {"wer": "3.1%"}, {"failed_rate": "0%"})
    assert (met.verdict, missed.verdict, close.verdict, failed.verdict) == (
        Met.MET,
        Met.MISSED,
        Met.NOT_SHOWN,
        Met.MET,
    )
    assert met.value == pytest.approx(0.03, abs=0.003)
    assert all(target.reason for target in (met, missed, close, failed))


def test_times_are_read_in_any_unit(tmp_path):
    assert [target.bound for target in judged(tmp_path, {"batch_latency_s.p95": "800ms"})] == [0.8]
    assert parse_targets([{"batch_latency_s.p95": "0.8s"}], where="t")[0].ceiling == 0.8
    assert parse_targets([{"batch_latency_s.p95": 0.8}], where="t")[0].ceiling == 0.8


def test_a_run_that_is_too_small_shows_nothing(tmp_path):
    (target,) = judged(tmp_path, {"wer": "50%"}, corpus=utterances(3, 4))
    assert target.verdict is Met.NOT_SHOWN


def test_only_the_cells_that_are_named_are_judged(tmp_path):
    found = judged(tmp_path, {"metric": "wer", "ceiling": "10%", "where": {"condition": "clean"}})
    assert [target.cell.condition for target in found] == ["clean"]


def test_scoring_again_judges_again(tmp_path):
    folder = make_run(tmp_path / "run", targets=[{"wer": "5%"}])
    before = (folder / "targets.json").read_bytes()
    from bench.execution.score import score

    score(RunFolder(folder))
    assert (folder / "targets.json").read_bytes() == before


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({"metric": "wer", "margin": "+1pp"}, "a ceiling or a maximum"),
        ({"werr": "5%"}, "werr"),
        ({"metric": "wer"}, "margin or ceiling"),
        ({"wer": "5 bananas"}, "5 bananas"),
    ],
)
def test_what_is_no_target_is_refused_with_its_place(target, told):
    with pytest.raises(ConfigError, match=told) as error:
        parse_targets([target], where="my.yaml: targets")
    assert "my.yaml: targets" in str(error.value)
