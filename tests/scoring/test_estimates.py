"""The scorer against jiwer on real recognisers' answers, and the rules of pairing, pooling and policies."""

from collections import defaultdict

import jiwer
import pytest
from click.testing import CliRunner

from bench.cli import app
from bench.config import ContrastSpec
from bench.scoring.cells import Order, coverage
from bench.scoring.estimates import estimates
from bench.scoring.records import estimate_row
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.trial import score_trial
from bench.store import RunFolder
from bench.types import Cell, Cluster, Failure, FailureKind, Recognised, Result, Timing, Transcript, Trial, Utterance

NORMALIZER = get_normalizer("earwitness")


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    """The quickstart's batch half: real speech, two real recognisers, the emulator between."""
    out = tmp_path_factory.mktemp("quickstart") / "run"
    changes = {
        "modes": "[batch]",
        "contrasts": "[]",
        "conditions": "[clean, {id: noise-10db, steps: [{noise: {color: white, snr_db: 10}}]}]",
    }
    arguments = ["run", "configs/quickstart.yaml", "--out", str(out), "--limit", "2", "--no-report"]
    for name, value in changes.items():
        arguments += ["--set", f"{name}={value}"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return RunFolder(out)


@pytest.mark.slow
def test_wer_cer_and_splits_equal_jiwers_by_utterance_and_pooled(quickstart):
    utterances, results = quickstart.utterances(), quickstart.results()
    rows = {row.trial_id: row for row in quickstart.scores()}
    cells = defaultdict(list)
    for trial in quickstart.trials():
        utterance = utterances[trial.utterance_id]
        reference = NORMALIZER(utterance.text, "en")
        hypothesis = NORMALIZER(results[trial.id].outcome.text, "en")
        row = rows[trial.id]
        assert (row.reference, row.hypothesis) == (reference, hypothesis)
        words = jiwer.process_words(reference, hypothesis)
        chars = jiwer.process_characters(reference.replace(" ", ""), hypothesis.replace(" ", ""))
        for name in ("substitutions", "deletions", "insertions", "hits"):
            assert getattr(row.words, name) == getattr(words, name), (trial, name)
            assert getattr(row.chars, name) == getattr(chars, name), (trial, name)
        cells[trial.engine_id, trial.condition_id].append((reference, hypothesis))
    found = {
        (e.scope.engine, e.scope.condition, e.metric): e.value
        for e in quickstart.estimates()
        if isinstance(e.scope, Cell)
    }
    assert len(cells) == 4
    for (engine, condition), pairs in cells.items():
        references, hypotheses = map(list, zip(*pairs, strict=True))
        assert found[engine, condition, "wer"] == pytest.approx(jiwer.wer(references, hypotheses), abs=1e-12)
        bare = [[text.replace(" ", "") for text in texts] for texts in (references, hypotheses)]
        assert found[engine, condition, "cer"] == pytest.approx(jiwer.cer(*bare), abs=1e-12)


@pytest.mark.slow
def test_noise_costs_real_recognisers_something(quickstart):
    """Not a tautology of the emulator: the recognisers heard the noise."""
    wer = {
        (e.scope.engine, e.scope.condition): e.value
        for e in quickstart.estimates()
        if e.metric == "wer" and isinstance(e.scope, Cell)
    }
    assert wer["pocketsphinx", "noise-10db"] > wer["pocketsphinx", "clean"]
    assert wer["moonshine-tiny", "clean"] < 0.3


# -- small worlds -------------------------------------------------------------------------------


def scored(
    utterance, text, *, engine="e", condition="clean", mode="batch", cluster=None, reference="a b c d", repeat=0
):
    trial = Trial(
        id=f"{engine}{condition}{mode}{utterance}{repeat}",
        utterance_id=utterance,
        condition_id=condition,
        engine_id=engine,
        mode=mode,
        repeat=repeat,
    )
    spoken = Utterance(
        id=utterance,
        corpus="c",
        audio="x.wav",
        sha256="0",
        sample_rate_hz=16000,
        num_samples=16000,
        text=reference,
        language="en",
        cluster=cluster or utterance,
    )
    outcome = (
        Failure(kind=FailureKind.TIMEOUT, message="late")
        if text is None
        else Transcript(recognised=Recognised(text=text), timing=Timing(done_s=0.1))
    )
    result = Result(trial_id=trial.id, outcome=outcome, attempts=1, started_at="")
    return score_trial(trial, spoken, result, NORMALIZER)


def values(items, *contrasts, conditions=("clean", "noise"), engines=("e", "f"), **group):
    return {
        e.metric: e
        for e in estimates(items, contrasts, order=Order(engines=engines, conditions=conditions))
        if group.items() <= estimate_row(e).items() and not isinstance(e.scope, Cluster)
    }


def test_the_three_failure_policies_stand_side_by_side():
    items = [
        scored("u1", "a b c d"),
        scored("u2", "a b c x"),
        scored("u3", None),
        scored("u1", "a b c d", engine="f"),
        scored("u2", None, engine="f"),
        scored("u3", "a b c d", engine="f"),
    ]
    found = values(items, engine="e", mode="batch")
    assert found["wer"].value == 1 / 8
    assert found["wer.failures_deleted"].value == 5 / 12
    assert found["wer.common"].value == 0.0
    assert found["wer.common"].n == 1
    assert found["trials.failed.timeout"].value == 1
    assert found["wer"].n_failed == 1


def test_an_empty_answer_is_all_deleted_and_counted_apart():
    found = values([scored("u1", "  "), scored("u2", "a b c d")], engine="e")
    assert found["wer"].value == 0.5
    assert (found["trials.empty"].value, found["trials.failed"].value) == (1, 0)


def test_an_answer_without_words_after_the_text_rules_is_empty_in_every_table():
    """It was empty in one table of a report and not in another."""
    items = [scored("u1", "uh um"), scored("u2", "..."), scored("u3", "a b c d")]
    assert values(items, engine="e")["trials.empty"].value == 2
    count = coverage(items)
    assert (count.answered, count.empty, count.missed) == (3, 2, 2)


def test_a_contrast_pairs_by_utterance_and_never_by_position():
    clean = [scored(f"u{n}", "a b c d") for n in range(10)]
    noise = [scored(f"u{n}", "a b c x" if n < 5 else None, condition="noise") for n in reversed(range(10))]
    found = values([*clean, *noise], contrast="noise - clean")
    assert found["wer.difference"].value == 0.25
    assert found["wer.difference"].n == 5


def test_a_contrast_says_where_one_side_failed_more_and_only_there():
    clean = [scored(f"u{n}", "a b c d") for n in range(10)]
    noise = [scored(f"u{n}", "a b c x" if n < 5 else None, condition="noise") for n in range(10)]
    found = values([*clean, *noise], contrast="noise - clean")
    said = "failures differ (0.0 % and 50.0 % of trials): what failed is left out here"
    assert all(said in found[f"{name}.difference"].note for name in ("wer", "cer", "batch_latency_s.p50"))
    as_many = [scored(f"u{n}", "a b c d" if n >= 5 else None) for n in range(10)]
    alike = values([*as_many, *noise], contrast="noise - clean")["wer.difference"]
    assert "failures differ" not in (alike.note or "")


def test_a_run_against_itself_differs_by_exactly_0():
    items = [scored(f"u{n}", "a x c", engine=engine) for n in range(12) for engine in ("e", "f")]
    found = values(items, contrast="e - f")
    difference = found["wer.difference"]
    assert (difference.value, difference.low, difference.high) == (0, None, None)
    assert "nothing varies" in difference.note
    assert found["batch_latency_s.p50.difference"].value == 0


def test_a_contrast_of_the_config_is_added():
    items = [scored("u1", "a", condition=c) for c in ("clean", "noise", "loud")]
    spec = ContrastSpec(name="loud - noise", of={"condition": "loud"}, minus={"condition": "noise"})
    found = values(items, spec, conditions=("clean", "noise", "loud"), contrast="loud - noise")
    assert found["wer.difference"].n == 1


def test_too_few_speakers_get_no_interval_but_a_value_each():
    items = [scored(f"u{n}", "a b c x", cluster=f"s{n % 2}") for n in range(20)]
    all_ = estimates(items, order=Order(engines=["e"], conditions=["clean"]))
    wer = next(e for e in all_ if e.metric == "wer" and isinstance(e.scope, Cell))
    assert (wer.low, wer.high, wer.n_clusters) == (None, None, 2)
    assert {e.scope.cluster: e.value for e in all_ if isinstance(e.scope, Cluster)} == {"s0": 0.25, "s1": 0.25}


def test_repeats_of_an_utterance_are_one_unit_of_a_contrast():
    items = [scored(f"u{n}", "a b c x", engine=e, repeat=r) for n in range(9) for e in "ef" for r in range(3)]
    assert values(items, contrast="e - f")["wer.difference"].n == 9


def test_the_order_of_trials_does_not_matter():
    items = [scored(f"u{n}", "a b", engine=engine) for n in range(9) for engine in "ef"]
    assert estimates(items, order=Order(engines=["e", "f"], conditions=["clean"])) == estimates(
        items[::-1], order=Order(engines=["e", "f"], conditions=["clean"])
    )
