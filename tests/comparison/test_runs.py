from __future__ import annotations

from dataclasses import replace

import pytest

from bench.comparison.changes import by_cause
from bench.comparison.evidence import comparable_metrics, evidence
from bench.comparison.runs import compare_runs, match
from bench.errors import UsageError
from bench.execution.score import score
from bench.report.comparison.page import page
from bench.report.comparison.text import to_terminal
from bench.scoring.definitions import MEASURES
from bench.scoring.errors.causes import Cause
from bench.store import RunFolder
from bench.types import Failure, FailureKind
from tests.runs import make_run, said, utterances, wrong_in

TEXT = "we paid 20 euros to Maria for the alpha bravo charlie delta echo"
CORPUS = utterances(text=TEXT)


def changed(utterance, trial):
    """Ten kinds of answer, one for each ending of the id."""
    words = utterance.text.split()
    answers = {
        "0": " ".join(words[:-5]),  # tail lost
        "1": utterance.text.replace("20", "30"),
        "2": utterance.text.replace("Maria", "Martha"),
        "3": utterance.text + " thank you for watching thank you for watching",
        "4": "",
        "5": utterance.text.replace("paid", "played"),
    }
    if utterance.id.endswith("6"):
        return Failure(kind=FailureKind.TIMEOUT, message="no answer in 5 s")
    return said(answers.get(utterance.id[-1], utterance.text))


def run(folder, name, *args, **changes):
    return RunFolder(make_run(folder / name, *args, **{"corpus": CORPUS, **changes}))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return {"right": run(root, "right"), "changed": run(root, "changed", changed)}


def counts(changes):
    return {cause: len(own) for cause, own in by_cause(changes).items()}


EXPECTED = {
    Cause.FAILED: 12,
    Cause.EMPTY: 12,
    Cause.TAIL: 12,
    Cause.HALLUCINATION: 12,
    Cause.NUMBER: 12,
    Cause.NAME: 12,
    Cause.OTHER: 12,
}


def test_newly_broken_utterances_are_grouped_by_cause(runs):
    found = compare_runs(runs["right"], runs["changed"])
    assert counts(found.broken) == EXPECTED
    assert found.fixed == ()
    deltas = {delta.metric: delta for delta in found.deltas}
    assert deltas["wer.failures_deleted"].difference.value > deltas["wer"].difference.value > 0
    failed = by_cause(found.broken)[Cause.FAILED][0]
    assert (failed.after.hypothesis, failed.after.failure) == (None, "no answer in 5 s")
    assert failed.before.hypothesis == failed.before.reference


def test_the_other_way_round_the_same_are_newly_fixed(runs):
    there, back = (compare_runs(*pair) for pair in ((runs["right"], runs["changed"]), (runs["changed"], runs["right"])))
    assert counts(back.fixed) == EXPECTED
    assert back.broken == ()
    for a, b in zip(there.deltas, back.deltas, strict=True):
        assert a.difference.value == pytest.approx(-b.difference.value)


def test_a_run_against_itself_differs_by_exactly_0(runs):
    found = compare_runs(runs["changed"], runs["changed"])
    assert {delta.difference.value for delta in found.deltas} == {0.0}
    assert (found.broken, found.fixed) == ((), ())


def test_latency_shifts_by_what_was_added(runs, tmp_path):
    slow = run(tmp_path, "slow", lambda utterance, trial: said(utterance.text, 0.35))
    deltas = {delta.metric: delta.difference.value for delta in compare_runs(runs["right"], slow).deltas}
    assert deltas["batch_latency_s.p50"] == pytest.approx(0.15)
    assert deltas["batch_latency_s.p95"] == pytest.approx(0.15)


def test_p_values_are_adjusted_over_the_table(runs, tmp_path):
    """Adjusting never lowers a p-value, and what clearly differs stays clear."""
    found = {
        d.metric: d.p for d in compare_runs(run(tmp_path, "a", wrong_in(0.1)), run(tmp_path, "b", wrong_in(0.8))).deltas
    }
    assert found["wer"] < 0.001
    assert found["batch_latency_s.p50"] == 1.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"corpus": CORPUS[:60]}, "corpus hand: the first run has 120 utterances"),
        ({"corpus": utterances(text=TEXT + " foxtrot")}, "corpus hand"),
        ({"conditions": ["clean", {"id": "half", "steps": [{"resample": {"to": 8000}}]}]}, "condition half"),
        ({"modes": ["batch", "stream"]}, "120 trials are only in the second run"),
    ],
)
def test_other_trials_are_refused_with_the_reason(runs, tmp_path, changes, reason):
    with pytest.raises(UsageError, match=reason) as caught:
        compare_runs(runs["right"], run(tmp_path, "other", **changes))
    assert "--common" in str(caught.value)


def test_with_common_the_shared_utterances_are_compared_and_the_rest_is_said(runs, tmp_path):
    other = [replace(u, text=u.text.upper()) if u.id < "u010" else u for u in CORPUS[:60]]
    found = compare_runs(runs["right"], run(tmp_path, "other", corpus=other), common=True)
    (wer,) = (delta for delta in found.deltas if delta.metric == "wer")
    assert wer.difference.n == 50
    assert any("corpus hand" in note for note in found.notes)


def test_another_normaliser_is_refused_even_with_common(runs, tmp_path):
    other = run(tmp_path, "other", normalizer="verbatim")
    with pytest.raises(
        UsageError, match=r"normaliser: the first run has earwitness@.*; .*bench score RUN --normalizer"
    ):
        compare_runs(runs["right"], other, common=True)


def test_single_engines_are_compared_under_different_names(runs, tmp_path):
    found = compare_runs(runs["right"], run(tmp_path, "v2", changed, engine="v2"))
    assert counts(found.broken) == EXPECTED
    assert "v2 of the second run is compared with scripted of the first" in found.notes


def test_an_incomplete_run_is_compared_with_a_warning(runs, tmp_path):
    partial = run(tmp_path, "partial", missing=5)
    notes = match(runs["right"], partial, common=True).notes
    assert any("the second run: incomplete: 5 of 120" in note for note in notes)


def test_of_many_speakers_no_limit_is_told(runs):
    few = compare_runs(runs["right"], runs["changed"])
    many = replace(
        few, deltas=tuple(replace(each, difference=replace(each.difference, n_clusters=500)) for each in few.deltas)
    )
    assert "speakers at the most" in to_terminal(few, width=100)
    assert "speakers at the most" not in to_terminal(many, width=100)


def test_an_engine_called_invalid_makes_no_run_invalid(runs, tmp_path):
    """What is told of a run is a field, and is not read out of a note."""
    comparison = compare_runs(runs["right"], run(tmp_path, "v2", engine="INVALID"))
    assert any("INVALID of the second run" in note for note in comparison.notes)
    assert comparison.invalid == ()
    assert page(comparison, title="t").badge is None


def scored_by(folder, monkeypatch, versions):
    """The run scored again, by code that says these versions of its measures; `None`: it says none, as of old."""
    with monkeypatch.context() as patch:
        patch.setattr("bench.execution.score.MEASURES", versions or {})
        score(folder)
    return folder


def test_a_measure_of_another_version_is_left_out_and_named(runs, tmp_path, monkeypatch):
    other = run(tmp_path, "other", wrong_in(0.5))
    scored_by(other, monkeypatch, {**MEASURES, "wer": 7, "cpwer": 8})
    found = compare_runs(runs["right"], other)
    assert "wer" not in {delta.metric for delta in found.deltas}
    assert {"cer", "batch_latency_s.p50"} <= {delta.metric for delta in found.deltas}
    (note,) = [note for note in found.notes if "defined otherwise" in note]
    assert note.startswith("wer is defined otherwise in the two (version 1 and version 7): score both by one version")
    assert note in to_terminal(found, width=1000)


def test_scores_that_do_not_say_are_compared_where_there_has_been_one_version(runs, tmp_path, monkeypatch):
    old = scored_by(run(tmp_path, "old", wrong_in(0.5)), monkeypatch, None)
    first, second = comparable_metrics(evidence(old), evidence(runs["right"]))
    assert first.sample.left_out == second.sample.left_out
    assert first.sample.left_out.keys() == {name for name, version in MEASURES.items() if version > 1}
    assert f"(version not said and version {MEASURES['cpwer']})" in first.sample.left_out["cpwer"]
    found = compare_runs(old, runs["right"])
    assert "wer" in {delta.metric for delta in found.deltas}
    assert not any("defined otherwise" in note for note in found.notes)
