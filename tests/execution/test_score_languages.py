"""`configs/languages.yaml`: languages side by side, the text rules, and the tables that come of them."""

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from bench.corpora.cards import load_card
from bench.corpora.prepare import prepare
from bench.emulator.heard import spread
from bench.emulator.word_errors import WordErrors, corrupt
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.score import SpokenText, score_text
from bench.store import RunFolder
from bench.types import Pool
from tests.command import invoke

pytest.importorskip("pytest_audioeval")
pytest.importorskip("espeakng_loader")

FEW = ["en", "hi", "ta"]
"""Of the sentences' languages, those that the quick tests have spoken."""
SCRIPT = Path("configs/scripts/languages-disguised.yaml")
ENTRIES = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))["utterances"]
SENTENCES = load_card("espeak-sentences")


def config(folder, engines):
    """The config with those of its engines that are named, and with the sentences in `FEW` languages."""
    card = yaml.safe_load(Path("datasets/espeak-sentences.yaml").read_text(encoding="utf-8"))
    (folder / "espeak-sentences.yaml").write_text(yaml.safe_dump({**card, "languages": FEW}), encoding="utf-8")
    sentences = prepare(str(folder / "espeak-sentences.yaml"), folder / "corpora")
    manifests = [str(sentences), str(prepare("audioeval-smoke", Path("corpora")))]
    spoken = [entry for entry in ENTRIES if corpus(entry) == "audioeval-smoke" or language(entry) in FEW]
    script = {"manifests": manifests, "utterances": [{**entry, "batch_delay_s": 0.0} for entry in spoken]}
    (folder / "script.yaml").write_text(yaml.safe_dump(script, allow_unicode=True), encoding="utf-8")
    content = yaml.safe_load(Path("configs/languages.yaml").read_text(encoding="utf-8"))
    content["corpora"] = manifests
    content["engines"] = [engine for engine in content["engines"] if engine["id"] in engines]
    for engine in content["engines"]:
        engine["emulate"]["recognizer"] = "script:script.yaml"
    path = folder / "languages.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def corpus(entry):
    return entry["id"].split("/")[0]


def language(entry):
    return entry["id"].split("/")[1].split("-")[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages")
    invoke("run", config(folder, {"scripted-disguised", "scripted-errors"}), "--out", folder / "run")
    return folder / "run"


def found(run, engine, metric):
    """language -> Estimate, corpora of a language pooled."""
    return {
        e.scope.language: e
        for e in RunFolder(run).estimates()
        if e.metric == metric and isinstance(e.scope, Pool) and e.scope.engine == engine and e.scope.language
    }


def test_every_sentence_of_the_card_is_disguised_and_none_in_the_same_words_is_an_error():
    entries = {entry["id"]: entry["text"] for entry in ENTRIES}
    rules = get_normalizer("earwitness")
    for spoken_in in SENTENCES.languages:
        sentences = SENTENCES.source["sentences"][spoken_in]
        assert len(sentences) >= 10
        for number, text in enumerate(sentences, start=1):
            disguised = entries.pop(f"espeak-sentences/{spoken_in}-{number:03}")
            assert disguised != text
            score = score_text(SpokenText(text=text, language=spoken_in, alternatives={}), disguised, rules)
            assert score.best.counts.errors == 0, (text, disguised)
    assert {name.split("/")[0] for name in entries} == {"audioeval-smoke"}


@pytest.mark.slow
def test_a_perfect_transcript_written_otherwise_has_no_error_in_any_language(run):
    wer = found(run, "scripted-disguised", "wer")
    assert sorted(wer) == ["en", "es", "fr", "hi", "it", "ja", "pl", "pt", "ta", "zh"]
    assert {e.value for e in wer.values()} == {0.0}
    assert {spoken_in: e.n for spoken_in, e in wer.items()} == {
        **dict.fromkeys(wer, 3),
        **dict.fromkeys(["en", "hi"], 13),
        "ta": 10,
    }


@pytest.mark.slow
def test_errors_are_found_as_many_as_were_made(run):
    """Of the sentences whose words stand one for one in the disguise: there, a wrong word is one error."""
    rules = get_normalizer("earwitness")
    made, counted = Counter(), Counter()
    scores = {row.utterance_id: row for row in RunFolder(run).scores() if row.cell.engine == "scripted-errors"}
    for entry in ENTRIES:
        row = scores.get(entry["id"])
        if row is None or len(rules.words(entry["text"], row.cell.language)) != len(entry["text"].split()):
            continue
        words = spread(entry["text"].split(), 0.0, 1.0)
        made[row.cell.language] += corrupt(words, WordErrors(substitution_rate=0.1, seed=1)).counts.errors
        counted[row.cell.language] += row.words.errors
    assert counted == made
    assert all(made[spoken_in] >= 3 for spoken_in in FEW)


@pytest.mark.slow
def test_the_report_ranks_languages_with_intervals_and_shows_each_normaliser(run):
    errors = found(run, "scripted-errors", "wer")
    ranked = {spoken_in: e for spoken_in, e in errors.items() if e.low is not None}
    assert set(ranked) == set(FEW)
    assert all(e.low < e.value < e.high and e.n_clusters >= 10 for e in ranked.values())
    places = found(run, "scripted-errors", "wer.rank")
    assert all(places[spoken_in].low <= places[spoken_in].value <= places[spoken_in].high for spoken_in in places)
    report = (run / "report.md").read_text(encoding="utf-8")
    assert "Error rate of each language" in report
    for e in ranked.values():
        value, low, high = (f"{100 * number:.1f}" for number in (e.value, e.low, e.high))
        assert f" {value} % [{low}, {high}] · " in report.replace("\\", "")
    assert "espeak-sentences are synthetic speech" in report
    assert f"mean over {len(errors)} languages" in report
    assert "Word errors by other text rules" in report
    means = [e for e in RunFolder(run).estimates() if e.metric == "wer.macro" and e.low is not None]
    assert [e.scope.engine for e in means] == ["scripted-errors"]
    assert means[0].low < means[0].value < means[0].high


@pytest.mark.slow
def test_the_leaderboard_of_the_run_has_a_board_a_language_and_says_that_nobody_spoke(run, tmp_path):
    shown = invoke("leaderboard", run, "--out", tmp_path)
    boards = json.loads((tmp_path / "leaderboard.json").read_text(encoding="utf-8"))["boards"]
    assert {board["language"] for board in boards} >= set(FEW)
    assert all(board["rows"][0]["engine"] == "scripted-disguised" for board in boards)
    assert "espeak-sentences is synthetic speech" in shown


@pytest.mark.slow
def test_profiles_are_scored_on_request_and_forgotten_with_it(run):
    before = (run / "sensitivity.json").read_bytes()
    invoke("score", run, "--profiles", "none,basic")
    profiles = {
        name for one in json.loads((run / "sensitivity.json").read_text(encoding="utf-8")) for name in one["counts"]
    }
    assert profiles == {"none", "basic"}
    invoke("score", run, "--profiles", "")
    assert not (run / "sensitivity.json").exists()
    assert "by other text rules" not in invoke("report", run, "--full")
    invoke("score", run)
    assert (run / "sensitivity.json").read_bytes() == before


@pytest.mark.slow
def test_an_unknown_profile_is_refused_before_anything_is_called(tmp_path, run):
    assert "did you mean" in invoke("score", run, "--profiles", "earwitnes", code=2)
    shown = invoke(
        "run", run.parent / "languages.yaml", "--out", tmp_path / "out", "--set", "profiles=[whisper-basik]", code=2
    )
    assert "did you mean 'whisper-basic'" in shown
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_scores_say_by_which_rules_they_were_made(run):
    folder = RunFolder(run)
    ours = folder.scored_rules()
    invoke("score", run, "--normalizer", "basic")
    theirs = folder.scored_rules()
    assert theirs.name == "basic"
    assert theirs.hash != ours.hash
    invoke("report", run)
    page = (run / "report.md").read_text(encoding="utf-8").replace("\\", "").replace("&#8203;", "")
    assert str(theirs) in page
    invoke("score", run)
    assert folder.scored_rules() == ours


@pytest.mark.nightly
def test_the_whole_config_with_a_real_recogniser_that_is_wrong_in_all_languages_but_one(tmp_path):
    if find_spec("moonshine_voice") is None:
        pytest.skip("needs the extra `moonshine`")
    invoke("run", "configs/languages.yaml", "--out", tmp_path / "run")
    run, real = tmp_path / "run", "moonshine-tiny-english"
    assert {e.value for e in found(run, "scripted-disguised", "wer").values()} == {0.0}
    wer, place = found(run, real, "wer"), found(run, real, "wer.rank")
    assert set(wer) == set(SENTENCES.languages)
    assert all(e.low is not None for e in wer.values())
    assert wer["en"].value < 0.5
    assert (place["en"].low, place["en"].high) == (1, 1)
    assert all(wer[spoken_in].value > 0.9 for spoken_in in wer if spoken_in != "en")
    wrong = {
        e.scope.language
        for e in RunFolder(run).estimates()
        if e.metric == "trials.wrong_script" and e.scope.engine == real and e.value == 10
    }
    assert wrong >= {"hi", "mr", "bn", "ta", "ml", "or", "zh", "ja"}
