"""`bench leaderboard` over run folders as they are on disk."""

import json

import pytest
import yaml

from tests.command import invoke
from tests.toy import make_config, make_corpus, make_script


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same corpus measured twice, as two people would, under two engine ids."""
    folder = tmp_path_factory.mktemp("two")
    manifest, script = make_corpus(folder), make_script(folder)
    for name in ("anna", "ravi"):
        config = make_config(folder, manifest, script, modes=["batch"])
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
        content["engines"][0]["id"] = f"{name}s-engine"
        config.write_text(yaml.safe_dump(content), encoding="utf-8")
        invoke("run", config, "--out", folder / name, "--no-report")
    return folder / "anna", folder / "ravi"


def test_two_peoples_runs_become_one_leaderboard_in_four_forms(runs, tmp_path):
    shown = invoke("leaderboard", *runs, "--out", tmp_path)
    assert "English (4 utterances, 2 speakers)" in shown
    assert max(map(len, shown.splitlines())) <= 120
    assert {path.suffix for path in tmp_path.iterdir()} == {".html", ".md", ".csv", ".json"}
    [board] = json.loads((tmp_path / "leaderboard.json").read_text(encoding="utf-8"))["boards"]
    assert [(row["engine"], row["run"], row["rank"]) for row in board["rows"]] == [
        ("annas-engine", "anna", 1),
        ("ravis-engine", "ravi", 1),
    ]
    assert all(row["wer"]["value"] == 5 / 16 for row in board["rows"])
    assert (board["n_utterances"], board["n_speakers"]) == (4, 2)


def test_a_run_scored_by_another_normaliser_is_refused(runs, tmp_path):
    invoke("score", runs[1], "--normalizer", "whisper-basic")
    try:
        assert "expected the same normaliser" in invoke("leaderboard", *runs, "--out", tmp_path, code=2)
    finally:
        invoke("score", runs[1])


def test_the_same_run_twice_is_refused(runs, tmp_path):
    assert "measured in both" in invoke("leaderboard", runs[0], runs[0], "--out", tmp_path, code=2)


def test_a_weight_that_is_no_number_is_refused(runs, tmp_path):
    assert "expected LANGUAGE=NUMBER" in invoke("leaderboard", runs[0], "--weight", "hi", "--out", tmp_path, code=2)
