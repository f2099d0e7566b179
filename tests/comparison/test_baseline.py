from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.comparison import baseline_file
from bench.comparison.baseline import added, baseline_of, judge, verdict
from bench.comparison.baseline_file import read_baseline, write_baseline
from bench.comparison.evidence import evidence
from bench.comparison.gate import Outcome
from bench.comparison.rules_file import parse_rules
from bench.errors import ConfigError, UnknownNameError, UsageError
from bench.store import RunFolder
from bench.types import Event, Failure, FailureKind, Word
from tests.runs import TEXT, make_run, right, said, utterances, wrong_in

HALF_POINT = parse_rules({"rules": [{"wer": "+0.5pp"}]}, where="test")


def failing(utterance, trial):
    if utterance.id == "u000":
        return Failure(kind=FailureKind.TIMEOUT, message="too late")
    return right(utterance, trial)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return {
        "good": RunFolder(make_run(root / "good", wrong_in(0.1))),
        "bad": RunFolder(make_run(root / "bad", wrong_in(0.9))),
        "slow": RunFolder(make_run(root / "slow", wrong_in(0.1, latency_s=0.4))),
        "failing": RunFolder(make_run(root / "failing", failing)),
        "partial": RunFolder(make_run(root / "partial", missing=3)),
    }


def saved(folder, *runs, **how):
    path = folder / "baselines" / "main.json"
    write_baseline(path, baseline_of(runs, **how))
    return path


@pytest.mark.parametrize("name", ["good", "failing"])
def test_a_baseline_reads_back_as_the_run_it_was_made_of(runs, tmp_path, name):
    run = runs[name]
    found, original = read_baseline(saved(tmp_path, run)).evidence, evidence(run)
    assert found.sample.facts == original.sample.facts
    assert found.digests == original.digests

    def shown(sample):
        ordered = sorted(sample.rows, key=lambda row: row.utterance_id)
        return [
            (r.utterance_id, r.cluster, r.cell, r.words, r.chars, r.failure_kind, r.reference_words) for r in ordered
        ]

    assert shown(found.sample) == shown(original.sample)
    latencies = {row.utterance_id: row.metrics.get("batch_latency_s") for row in original.sample.rows}
    assert {row.utterance_id: row.metrics.get("batch_latency_s") for row in found.sample.rows} == pytest.approx(
        latencies
    )


def test_the_file_holds_no_text_and_is_small(runs, tmp_path):
    content = saved(tmp_path, runs["good"]).read_text(encoding="utf-8")
    assert "alpha" not in content
    assert "wrong" not in content
    assert len(content) < 150 * len(utterances())


def test_it_says_who_made_it(runs, tmp_path):
    (about,) = read_baseline(saved(tmp_path, runs["good"])).about["runs"]
    assert about["name"] == "hand"
    assert about.keys() >= {"commit", "dirty", "earwitness", "packages", "python", "started_at", "engines"}


def test_a_run_passes_against_its_own_baseline_and_a_worse_one_does_not(runs, tmp_path):
    baseline = read_baseline(saved(tmp_path, runs["good"])).evidence
    assert verdict(baseline, evidence(runs["good"]), HALF_POINT).outcome == Outcome.PASS
    assert verdict(baseline, evidence(runs["bad"]), HALF_POINT).outcome == Outcome.REGRESSED


def test_latency_is_judged_from_the_file(runs, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - batch_latency_s.p95: +10%\n", encoding="utf-8")
    path = saved(tmp_path, runs["good"])
    assert judge(runs["good"], path, rules).outcome == Outcome.PASS
    assert judge(runs["slow"], path, rules).outcome == Outcome.REGRESSED


def test_several_runs_become_repeats_and_their_drift_is_not_called_a_regression(runs, tmp_path):
    """One run says 0.2 s, the next 0.4 s: then 0.4 s again is no news."""
    rules = parse_rules({"rules": [{"batch_latency_s.mean": "+10%"}]}, where="test")
    drifting = read_baseline(saved(tmp_path, runs["good"], runs["slow"])).evidence
    assert {row.repeat for row in drifting.sample.rows} == {0, 1}
    assert verdict(drifting, evidence(runs["slow"]), rules).outcome == Outcome.INCONCLUSIVE
    steady = added(baseline_of([runs["good"]]), runs["good"])
    assert len(steady.about["runs"]) == 2
    assert verdict(steady.evidence, evidence(runs["slow"]), rules).outcome == Outcome.REGRESSED


def test_an_incomplete_run_makes_no_baseline_and_is_judged_invalid(runs, tmp_path):
    with pytest.raises(UsageError, match="incomplete: 3 of 120 trials"):
        baseline_of([runs["partial"]])
    baseline = read_baseline(saved(tmp_path, runs["good"])).evidence
    found = verdict(baseline, evidence(runs["partial"]), HALF_POINT)
    assert found.outcome == Outcome.INVALID
    assert "incomplete" in found.reasons[0]


def test_a_run_marked_invalid_is_judged_invalid(runs, tmp_path):
    run = RunFolder(make_run(tmp_path / "late"))
    facts = run.read_json("validity.json")
    run.write_json("validity.json", {**facts, "valid": False, "reasons": ["chunks were late"]})
    found = verdict(evidence(runs["good"]), evidence(run), HALF_POINT)
    assert (found.outcome, found.reasons) == (Outcome.INVALID, ("the run is INVALID: chunks were late",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"normalizer": "verbatim"}, "normaliser: the baseline has earwitness@"),
        ({"corpus": utterances(text="other words")}, "corpus hand: the baseline has 120 utterances"),
        ({"corpus": utterances(each=5)}, "corpus hand: the baseline has 120 utterances"),
        ({"seed": 2}, "condition clean: the baseline has"),
    ],
)
def test_what_is_not_comparable_is_invalid_with_the_reason(runs, tmp_path, changes, reason):
    found = verdict(evidence(runs["good"]), evidence(RunFolder(make_run(tmp_path / "other", **changes))), HALF_POINT)
    assert found.outcome == Outcome.INVALID
    assert any(reason in text for text in found.reasons)


def test_a_baseline_made_by_an_older_definition_of_a_step_is_refused_and_it_is_named(tmp_path):
    pytest.importorskip("av", reason="the step tempo needs the extra codecs")
    slow = [{"id": "slow", "steps": [{"tempo": 0.8}]}]
    now = evidence(RunFolder(make_run(tmp_path / "now", conditions=slow)))
    older = RunFolder(make_run(tmp_path / "older", conditions=slow))
    config = older.path / "resolved.json"
    text = config.read_text(encoding="utf-8")
    assert '"version": 2' in text or '"version":2' in text
    config.write_text(text.replace('"version": 2', '"version": 1').replace('"version":2', '"version":1'))
    found = verdict(evidence(older), now, HALF_POINT)
    assert found.outcome == Outcome.INVALID
    assert any("condition slow" in reason and "(tempo version 2)" in reason for reason in found.reasons)


def test_metrics_by_word_times_are_not_compared_where_another_aligner_set_them(tmp_path):
    words = tuple(Word(text=text, start_s=0.1 * n, end_s=0.1 * n + 0.1) for n, text in enumerate(TEXT.split()))
    corpus = [replace(one, words=words, speech_end_s=1.0) for one in utterances()]
    name = "word_emission_final_p50_s"

    def streamed(utterance, trial):
        final = Event(t_s=1.5, kind="final", text=utterance.text, audio_sent_s=1.5)
        return replace(said(f"{utterance.text} more"), events=(final,))

    def run(aligner, folder):
        return RunFolder(make_run(tmp_path / folder, streamed, corpus=corpus, aligner=aligner, modes=["stream"]))

    path = tmp_path / "baseline.json"
    write_baseline(path, baseline_of([run("one@1", "a")], more_metrics=[name]))
    baseline, again = read_baseline(path), run("one@1", "b")
    rules = parse_rules({"rules": [{"wer": "+0.5pp"}, {f"{name}.p50": "+10ms"}]}, where="test")
    assert verdict(baseline.evidence, evidence(again), rules).outcome == Outcome.PASS
    for aligner in ("two@1", None):
        other = run(aligner, f"by {aligner}")
        checks = verdict(baseline.evidence, evidence(other), rules).checks
        assert {check.rule.metric: check.outcome for check in checks} == {
            "wer": Outcome.PASS,
            f"{name}.p50": Outcome.INVALID,
        }
        with pytest.raises(UsageError, match="word times hand: the baseline has one@1"):
            added(baseline, other)
    assert len(added(baseline, again).about["runs"]) == 2


def test_values_of_another_definition_are_not_compared(runs, tmp_path):
    path = saved(tmp_path, runs["good"])
    content = json.loads(path.read_text(encoding="utf-8"))
    content["metrics"]["batch_latency_s"] += 1
    path.write_text(json.dumps(content), encoding="utf-8")
    rules = parse_rules({"rules": [{"wer": "+0.5pp"}, {"batch_latency_s.p95": "+10%"}]}, where="test")
    checks = verdict(read_baseline(path).evidence, evidence(runs["good"]), rules).checks
    assert [check.outcome for check in checks] == [Outcome.PASS, Outcome.INVALID]


def test_a_measure_of_another_definition_is_not_compared_either(runs, tmp_path):
    path = saved(tmp_path, runs["good"])
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["measures"] == {name: 1 for name in ("wer", "wer.failures_deleted", "cer", "ser", "mer")}
    rules = parse_rules({"rules": [{"wer": "+0.5pp"}, {"cer": "+0.5pp"}]}, where="test")
    content["measures"]["wer"] = 2
    path.write_text(json.dumps(content), encoding="utf-8")
    wer, cer = verdict(read_baseline(path).evidence, evidence(runs["good"]), rules).checks
    assert (wer.outcome, cer.outcome) == (Outcome.INVALID, Outcome.PASS)
    assert wer.reason.startswith("wer is defined otherwise in the two (version 2 and version 1)")
    with pytest.raises(UsageError, match=r"wer \(version 2 and version 1\)"):
        added(read_baseline(path), runs["good"])
    del content["measures"]  # a file of before they were written
    path.write_text(json.dumps(content), encoding="utf-8")
    assert verdict(read_baseline(path).evidence, evidence(runs["good"]), rules).outcome == Outcome.PASS
    assert len(added(read_baseline(path), runs["good"]).about["runs"]) == 2


def test_runs_that_are_not_comparable_make_no_baseline(runs, tmp_path):
    other = RunFolder(make_run(tmp_path / "other", normalizer="verbatim"))
    with pytest.raises(UsageError, match="normaliser"):
        baseline_of([runs["good"], other])


def test_a_wrong_file_is_refused_with_its_place(runs, tmp_path):
    with pytest.raises(ConfigError, match="make one with bench baseline save"):
        read_baseline(tmp_path / "none.json")
    path = saved(tmp_path, runs["good"])
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "format": "other", "extra": 1}), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_baseline(path)
    assert {problem.where for problem in caught.value.problems} == {f"{path}: format", f"{path}: extra"}
    path.write_text(json.dumps({**content, "about": {"runs": 1e308}}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"about.runs"):
        read_baseline(path)


def test_an_unknown_metric_is_refused(runs):
    with pytest.raises(UnknownNameError, match="did you mean 'batch_latency_s'"):
        baseline_of([runs["good"]], more_metrics=["batch_latency"])


@pytest.fixture(scope="module")
def written(runs, tmp_path_factory):
    return saved(tmp_path_factory.mktemp("written"), runs["failing"]).read_bytes()


def outcome(path: Path) -> object:
    """What a file holds, or what is said of it."""
    try:
        baseline = read_baseline(path)
    except ConfigError as error:
        return str(error)
    found = baseline.evidence
    return list(map(str, found.sample.rows)), found.digests, found.metrics, found.measures, baseline.about


def test_a_file_as_it_is_written_is_read_in_parts_and_one_laid_out_otherwise_holds_the_same(
    runs, tmp_path, monkeypatch
):
    monkeypatch.setattr(baseline_file, "_READ_TOGETHER", 500)
    path = saved(tmp_path, runs["good"], runs["slow"])
    content = path.read_bytes()
    parts = baseline_file._in_parts(content)[1]
    assert len(parts) > 5
    assert sum(len(part.cells) for part in parts) == 2 * len(utterances())
    in_parts = outcome(path)
    for other in (content.replace(b"\n", b"\r\n"), json.dumps(json.loads(content), indent=1).encode(), content + b" "):
        with pytest.raises(ValueError, match="laid out otherwise"):
            baseline_file._in_parts(other)
        path.write_bytes(other)
        assert outcome(path) == in_parts


def _otherwise(content: bytes, layout: str) -> bytes:
    """What an editor, or another program, makes of a file."""
    values = json.loads(content)
    return {
        "indented": lambda: json.dumps(values, indent=1),
        "tabs": lambda: json.dumps(values, indent="\t", ensure_ascii=False).replace("\n", "\r\n"),
        "one line": lambda: json.dumps(values),
        "no space": lambda: " " + json.dumps(values, separators=(",", ":")) + " \n",
        "trials first": lambda: json.dumps(dict(reversed(values.items())), indent=4),
        "trials between": lambda: json.dumps(values, sort_keys=True, separators=(" , ", " : ")),
    }[layout]().encode()


LAYOUTS = ("indented", "tabs", "one line", "no space", "trials first", "trials between")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("together", [1, 500, 10**6])
def test_a_file_that_is_laid_out_otherwise_is_read_in_parts_too(written, tmp_path, layout, together):
    path = tmp_path / "baseline.json"
    strange = json.loads(written)
    strange["about"]["runs"][0]["run"] = 'a ] ] , "trials" : [ [ 1 ] , [ \\'
    strange["facts"]["trials"] = "none, [ or ] ,"
    path.write_text(json.dumps(strange), encoding="utf-8")
    as_written = outcome(path)
    path.write_bytes(_otherwise(path.read_bytes(), layout))
    with (
        mock.patch.object(baseline_file, "_READ_TOGETHER", together),
        mock.patch.object(baseline_file, "_whole", side_effect=AssertionError),
    ):
        assert outcome(path) == as_written


def test_trials_of_something_else_are_not_the_trials(written, tmp_path):
    path = tmp_path / "baseline.json"
    values = json.loads(written)
    values["about"]["runs"][0]["trials"] = values.pop("trials")
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ConfigError, match="trials"):
        read_baseline(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layout=st.sampled_from(LAYOUTS),
    at=st.floats(0, 1),
    removed=st.integers(0, 3),
    put=st.sampled_from(["", " ", '"', ",", "]", "[[", "]]]", '"trials":[[1]],', "1 2", "\\", "\n"]),
)
@example(layout="one line", at=0.5, removed=0, put=" ")
@example(layout="indented", at=0.99, removed=0, put="]]]")
def test_whatever_is_done_to_such_a_file_the_parts_say_what_the_whole_says(written, tmp_path, layout, at, removed, put):
    path, content = tmp_path / "mutated.json", _otherwise(written, layout)
    begin = int(at * len(content))
    path.write_bytes(content[:begin] + put.encode() + content[begin + removed :])
    with mock.patch.object(baseline_file, "_READ_TOGETHER", 300):
        in_parts = outcome(path)
    with mock.patch.object(baseline_file, "_in_parts", side_effect=ValueError):
        assert outcome(path) == in_parts


def test_a_baseline_without_trials_is_read(runs, tmp_path):
    path = saved(tmp_path, runs["good"])
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, "trials": []}), encoding="utf-8")
    assert len(read_baseline(path).evidence.sample.rows) == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.floats(0, 1),
    removed=st.integers(0, 60),
    put=st.sampled_from(
        ["", "-", "9" * 30, "null", '"', ",", "[", "]", "],\n[", "\n", "NaN", "1e999", "\ud800", "[],"]
    ),
    together=st.sampled_from([1, 300, 10**6]),
)
@example(at=0.9, removed=0, put="]", together=300)
@example(at=1.0, removed=5, put="", together=300)
def test_whatever_is_done_to_a_file_the_parts_say_what_the_whole_says(written, tmp_path, at, removed, put, together):
    path, content = tmp_path / "mutated.json", written
    begin = int(at * len(content))
    path.write_bytes(content[:begin] + put.encode("utf-8", "surrogatepass") + content[begin + removed :])
    with mock.patch.object(baseline_file, "_READ_TOGETHER", together):
        in_parts = outcome(path)
    with mock.patch.object(baseline_file, "_in_parts", side_effect=ValueError):
        assert outcome(path) == in_parts
