"""The domain-vocabulary study as it stands in configs/studies, against an emulator whose boosting is known."""

import math
from itertools import product
from pathlib import Path

import pytest
import yaml

from bench.report.run import data
from bench.report.run.terminal import detail_tables
from bench.store import RunFolder
from bench.types import Cell, Contrast
from tests.command import invoke
from tests.toy import Line, make_corpus, make_script

STUDY = Path("configs/studies/domain-vocabulary.yaml")
LOST, RECOVERED, MADE_UP = 0.4, 0.75, 0.05
FILLERS = ["we", "then", "gave", "the", "patient", "some", "more", "of", "this", "in", "the", "late", "evening"]
TERMS = [
    "".join(("zo", *syllables, "mab")) for syllables in product(("ra", "li", "tu"), ("ve", "ki", "no"), ("x", "d", "p"))
]
NUMBER = 54


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    lines = []
    for number in range(NUMBER):
        words = [*FILLERS[: 4 + number % 6], TERMS[number % len(TERMS)], *FILLERS[number % 5 :]]
        lines.append(Line(" ".join(words), " ".join(words), f"speaker-{number}"))
    manifest = make_corpus(folder, lines, duration_s=0.4)
    script = make_script(folder, lines, batch_delay_s=0.0)
    terms = folder / "terms.txt"
    terms.write_text("\n".join(TERMS), encoding="utf-8")
    marked = folder / "marked.jsonl"
    invoke("corpus", "terms", manifest, "--list", terms, "--out", marked)
    behaviour = {
        "word_errors": {"substitution_rate": LOST, "seed": 3},
        "boosting": {"recovery_rate": RECOVERED, "hallucination_rate": MADE_UP, "seed": 4},
    }
    emulate = {"recognizer": f"script:{script}", "behaviour": behaviour}
    out = folder / "run"
    shown = invoke(
        *("run", STUDY, "--out", out, "--set", f"corpora.0.source={marked}", "--set", "modes=[batch]"),
        *("--set", f"engines.pulse.emulate={yaml.safe_dump(emulate, default_flow_style=True, width=10**6).strip()}"),
    )
    return out, shown


def found(folder, condition):
    return {
        e.metric: e
        for e in RunFolder(folder).estimates()
        if isinstance(e.scope, Cell) and e.scope.condition == condition
    }


def true_counts(folder, condition):
    """Hits, false alarms and words said, by following what the emulator does: each word of the reference is kept or
    becomes a pseudo-word, and whatever else there is was made up.
    """
    run = RunFolder(folder)
    utterances, results = run.utterances(), run.results()
    hits = false = words = 0
    for trial in run.trials():
        if trial.condition_id != condition:
            continue
        reference = utterances[trial.utterance_id].text.split()
        left = list(reference)
        for word in results[trial.id].outcome.text.lower().split():
            if left and (word == left[0] or word.startswith("zq")):
                hits += word == left.pop(0) and word in TERMS
            else:
                assert word in TERMS
                false += 1
        assert not left
        words += len(reference)
    return hits, false, words


CONDITIONS = ("none", "corpus-terms-keyword_boost-1.5", "corpus-terms-keyword_boost-3", "own-terms")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_counts_are_the_true_ones(study, condition):
    hits, false, words = true_counts(study[0], condition)
    estimates = found(study[0], condition)
    assert estimates["terms.said"].value == NUMBER
    assert (estimates["terms.hits"].value, estimates["terms.false_alarms"].value) == (hits, false)
    assert estimates["terms.recall"].value == pytest.approx(hits / NUMBER)
    assert estimates["terms.precision"].value == pytest.approx(hits / (hits + false))
    assert estimates["terms.f1"].value == pytest.approx(2 * hits / (hits + false + NUMBER))
    assert estimates["terms.false_alarm_rate"].value == pytest.approx(false / words)


def within(count, number, share):
    """Whether a count lies within 4 standard deviations of what a share of a number gives."""
    return abs(count - number * share) <= 4 * math.sqrt(number * share * (1 - share))


def test_the_rates_are_those_the_emulator_was_given(study):
    kept = 1 - LOST
    assert within(found(study[0], "none")["terms.hits"].value, NUMBER, kept)
    boosted = found(study[0], "corpus-terms-keyword_boost-3")
    assert within(boosted["terms.hits"].value, NUMBER, RECOVERED + (1 - RECOVERED) * kept)
    words = true_counts(study[0], "none")[2]
    # Where a term is said nearby none is made up, which is seldom with so many terms.
    assert within(boosted["terms.false_alarms"].value, words, MADE_UP)
    assert boosted["terms.decoy_alarms"].value >= 0.9 * boosted["terms.false_alarms"].value


def test_the_control_makes_nothing_up_and_own_terms_hardly_do(study):
    assert found(study[0], "none")["terms.false_alarms"].value == 0
    own = found(study[0], "own-terms")
    assert own["terms.decoy_alarms"].value == 0  # what was sent was said
    assert (
        own["terms.false_alarms"].value
        < found(study[0], "corpus-terms-keyword_boost-3")["terms.false_alarms"].value * 2
    )


def test_the_contrast_shows_gain_and_price_with_intervals(study):
    contrasts = {
        e.metric: e
        for e in RunFolder(study[0]).estimates()
        if isinstance(e.scope, Contrast) and e.scope.name == "corpus-terms-keyword_boost-3 - none"
    }
    recall, alarms = (contrasts[f"terms.{name}.difference"] for name in ("recall", "false_alarm_rate"))
    assert recall.low > 0
    assert recall.n_clusters == NUMBER
    assert alarms.low > 0
    assert not recall.lower_is_better
    assert alarms.lower_is_better


def test_every_utterance_has_a_term_so_there_is_no_wer_without(study):
    estimates = found(study[0], "none")
    assert estimates["wer.with_terms"].value == pytest.approx(estimates["wer"].value)
    assert estimates["wer.without_terms"].value is None


def test_the_report_has_both_tables(study):
    tables = [table.title for table in detail_tables(data.read(RunFolder(study[0])))]
    assert sum(title.startswith("Domain terms · ") for title in tables) == 5
    assert sum(title.startswith("Domain terms, against ") for title in tables) == 4
