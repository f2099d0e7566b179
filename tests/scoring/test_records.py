"""What is written to the tables is what is read from them."""

from pathlib import Path

import pytest

from bench.errors import RunFolderError
from bench.scoring.records import score_columns, scored_trials
from bench.scoring.term_estimates import with_terms
from bench.scoring.text.align import edits_of
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.trial import score_trial
from bench.store import RunFolder
from tools.compare_scores import scored_again

GOLDEN = Path(__file__).parents[1] / "golden/run"


@pytest.fixture(scope="module")
def trials():
    folder = RunFolder(GOLDEN)
    utterances, results, rules = folder.utterances(), folder.results(), get_normalizer("earwitness")
    scored = (
        score_trial(trial, utterances[trial.utterance_id], results[trial.id], rules)
        for trial in folder.trials()
        if trial.id in results
    )
    return tuple(with_terms(scored, folder.spec().terms, rules))


def test_a_scored_trial_is_read_back_as_it_was(trials):
    assert {trial.answered for trial in trials} == {True, False}
    assert any(trial.empty for trial in trials)
    assert any(trial.further for trial in trials)
    assert scored_trials(score_columns(trials)) == trials


def test_a_scored_folder_holds_the_same_trials(trials, tmp_path):
    stored = RunFolder(scored_again(GOLDEN, tmp_path)).scores()
    assert stored == tuple(sorted(trials, key=lambda trial: trial.trial_id))


def test_columns_are_numbers_and_names_and_never_json(trials):
    for name, values in score_columns(trials).items():
        assert {type(value) for value in values} <= {int, float, bool, str, type(None)}, name


def test_texts_and_mappings_may_be_left_out(trials):
    columns = {name: values for name, values in score_columns(trials).items() if "." not in name}
    without = scored_trials({name: values for name, values in columns.items() if name != "hypothesis"})
    assert [trial.words for trial in without] == [trial.words for trial in trials]
    assert {trial.hypothesis for trial in without} == {None}


def test_the_path_leads_from_reference_to_hypothesis_and_holds_the_counts(trials):
    for trial in (trial for trial in trials if trial.answered):
        reference, hypothesis, edits = trial.reference.split(), trial.hypothesis.split(), edits_of(trial.path)
        sizes = {op: 0 for op in ("equal", "substitute", "delete", "insert")}
        for edit in edits:
            said, heard = reference[edit.ref_start : edit.ref_end], hypothesis[edit.hyp_start : edit.hyp_end]
            sizes[edit.op] += max(len(said), len(heard))
            assert (said == heard) == (edit.op == "equal")
        assert sum(edit.ref_end - edit.ref_start for edit in edits) == len(reference)
        assert sum(edit.hyp_end - edit.hyp_start for edit in edits) == len(hypothesis)
        words = trial.words
        assert tuple(sizes.values()) == (words.hits, words.substitutions, words.deletions, words.insertions)


def test_scores_of_an_earlier_version_are_refused_with_what_to_do():
    with pytest.raises(RunFolderError, match=r"expected scores of format 2.*run: bench score"):
        RunFolder(GOLDEN).scores()
