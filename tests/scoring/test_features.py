"""Everything that is judged beyond words, by the committed config, batch and stream, against known errors."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench.emulator import features_corpus
from bench.report.names import metric_name

pytestmark = pytest.mark.slow  # streams in real time: a minute, nearly all of it waiting
CONFIG = Path("configs/pulse-features.yaml").resolve()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> bench.Run:
    folder = tmp_path_factory.mktemp("features")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        features_corpus.make(Path("reports/features/corpus"), calls=4)
        return bench.run(CONFIG, out=folder / "run")


@pytest.fixture(scope="module")
def value(run: bench.Run):
    rows = run.estimates.query("scope == 'cell'").set_index(["corpus", "engine", "mode", "condition", "metric"])[
        "value"
    ]

    def of(
        metric: str,
        engine: str = "pulse-right",
        mode: str = "batch",
        condition: str = "clean",
        corpus: str = "features",
    ) -> float | None:
        found = rows.get((corpus, engine, mode, condition, metric))
        return None if found is None or found != found else float(found)

    return of


def test_every_trial_is_answered(run: bench.Run):
    assert run.results["failure_kind"].isna().all()


@pytest.mark.parametrize("condition", ["clean", "narrowband-8k"])
@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_who_is_right_is_right_in_every_mode_and_at_8_khz(value, mode: str, condition: str):
    right = {
        "wder": 0.0,
        "speaker_count.exact": 1.0,
        "word_start_error_p50_s": 0.005,
        "word_time_violations": 0.0,
        "leaked_private": 0.0,
    }
    assert {name: value(name, mode=mode, condition=condition) for name in right} == pytest.approx(right)


def test_several_languages_and_finalize_have_their_figures(value):
    for metric in ("wer", "language_accuracy", "final_latency_s.p50", "tail_loss_words.mean"):
        assert value(metric, engine="pulse-multi", mode="stream") is not None, metric
    assert value("tail_lost.mean", engine="pulse-multi", mode="stream") == 0
    assert value("wer", engine="pulse-multi", mode="stream") == value("wer", mode="stream")


@pytest.mark.parametrize("condition", ["clean", "narrowband-8k"])
@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_where_languages_mix_words_are_judged_by_their_language(value, mode: str, condition: str):
    for engine in ("pulse-multi", "pulse-right"):
        known = {"wer.reference_words:es": 0.5, "wer.reference_words:en": 0.0, "wer.near_switches": 0.25}
        told = {name: value(name, engine, mode, condition, "features-mixed") for name in known}
        assert told == pytest.approx(known)


def test_what_is_spoken_to_the_end_is_final_after_finalize_and_after_the_close(value):
    for engine in ("pulse-multi", "pulse-right"):
        assert value("end_to_last_final_s.p50", engine, "stream", corpus="features-mixed") > 0
        assert value("tail_lost.mean", engine, "stream", corpus="features-mixed") == 0


def test_what_is_wrong_on_purpose_is_measured_as_such(value):
    assert value("word_start_bias_s", "pulse-wrong") == pytest.approx(0.15, abs=0.002)
    assert 0 < value("wder", "pulse-wrong") < 0.5
    assert value("leaked_cards", "pulse-wrong", "stream") == 1
    assert value("emotion_f1") == 1
    assert value("gender_f1") == 1


def test_a_partial_leaks_what_the_final_hides(value):
    assert value("leaked_private", "pulse-wrong", "stream") == 1
    assert value("leaked_private.final", "pulse-wrong", "stream") < 1


def test_the_control_claims_nothing(value):
    assert value("gender_claimed", "pulse-plain") == 0


def test_the_control_has_words_and_a_reason_for_each_feature_it_lacks(run: bench.Run):
    rows = run.estimates.query(
        "scope == 'cell' and engine == 'pulse-plain' and mode == 'batch' and condition == 'clean'"
    )
    notes = rows.set_index("metric")["note"]
    assert "names no speakers" in notes["cpwer"]


def test_each_feature_stands_in_the_report(run: bench.Run):
    page = run.report().path.with_suffix(".md").read_text("utf-8").replace("\\", "")
    for name in ("cpwer", "word_start_bias_s", "emotion_f1", "leaked_private", "early_turn_ends", "wer.verbatim"):
        assert metric_name(name) in page, name
    assert "Who was taken for whom" in page
    assert metric_name("wer.reference_words:es") in page
    lines = [line for line in page.splitlines() if line.startswith("| last final after the end was sent")]
    assert any("−" not in line for line in lines), "the second corpus is final after the end is sent"
