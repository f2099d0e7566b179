"""A whole site: its Markdown, JSON, CSV and Parquet, what it leaves out, and that it is the same each time.

`python -m tests.report.site.test_pages` writes the golden files anew; read the difference before you commit it.
"""

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from bench.errors import ConfigError, RunFolderError, UsageError
from bench.report.site import build_site
from bench.report.site.gather import gather, slug
from bench.report.site.tables import GROUPS, RESULTS
from bench.store import RunFolder
from tests.command import invoke
from tests.report.site.world import two_runs
from tests.runs import make_run, utterances

pytestmark = pytest.mark.slow
GOLDEN = Path("tests/golden/site")
FILES = ("index.md", "data/site.json", "data/results.csv", "data/groups.csv")


def told(site, name):
    """A file without what changes with every version of the text rules, numbers to nine digits."""
    text = (site / name).read_text(encoding="utf-8")
    text = re.sub(r"earwitness@(&#8203;)?\d+", "RULES", text)
    text = re.sub(r'"hash": "\w+"', '"hash": "HASH"', text)
    return re.sub(r"-?\d+\.\d{6,}(e-?\d+)?", lambda match: f"{float(match[0]):.9g}", text)


@pytest.mark.parametrize("name", FILES)
def test_what_it_says_to_people_and_machines_is_what_was_read_and_found_true(site, name):
    assert told(site, name) == (GOLDEN / Path(name).name).read_text(encoding="utf-8")


def test_the_same_runs_give_the_same_bytes(site, runs, tmp_path):
    build_site(runs, tmp_path / "again")

    def content(folder):
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert content(tmp_path / "again") == content(site)


@pytest.mark.parametrize(("name", "columns"), [("results", RESULTS), ("groups", GROUPS)])
def test_json_csv_and_parquet_hold_the_same_rows_under_documented_columns(site, name, columns):
    rows = json.loads((site / "data" / "site.json").read_text(encoding="utf-8"))
    assert set(rows["columns"][name]) == set(columns)
    parquet = pd.read_parquet(site / "data" / f"{name}.parquet")
    assert list(parquet.columns) == list(columns)
    with (site / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(rows[name]) == len(lines) == len(parquet) > 0
    for row, line, (_, own) in zip(rows[name], lines, parquet.iterrows(), strict=True):
        for column, (kind, _) in columns.items():
            missing = row[column] is None
            assert (line[column] == "") == missing == bool(pd.isna(own[column])) or row[column] == ""
            if not missing:
                assert own[column] == row[column]
                assert kind is str or kind is bool or float(line[column]) == row[column]


def test_words_and_characters_are_never_in_one_ranking(runs):
    data = gather([RunFolder(run) for run in runs])
    for unit, table in data.tables.items():
        assert {data.units[board.language] for board in table.boards} == {unit}
        assert {data.units[language] for row in table.macro for language in row.weights} <= {unit}
    assert set(data.tables) == {"words", "characters"}


def test_too_few_speakers_get_no_place_and_an_invalid_run_no_latency(site):
    rows = json.loads((site / "data" / "site.json").read_text(encoding="utf-8"))["results"]
    for row in rows:
        assert (row["place"] is None) == (row["language"] == "ta")
        assert row["latency_invalid"] == (row["engine"] == "zoe") == (row["latency_p50_s"] is None)


def test_a_suppressed_group_has_no_number_anywhere(site):
    rows = json.loads((site / "data" / "site.json").read_text(encoding="utf-8"))["groups"]
    hidden = [row for row in rows if row["suppressed"]]
    assert {row["group"] for row in hidden} == {"island", "plain"}
    numbers = [column for column, (kind, _) in GROUPS.items() if kind is not str]
    assert all(row[column] is None for row in hidden for column in numbers)
    assert all(row["error_rate"] is not None for row in rows if not row["suppressed"])


def test_each_engine_has_the_versions_that_its_own_answers_say(tmp_path):
    engines = [{"id": id, "engine": "pulse", "settings": {"language": "en"}} for id in ("a", "b", "c")]
    folder = RunFolder(make_run(tmp_path / "run", corpus=utterances()[:4], engines=engines))
    writer = folder.writer()
    for trial, result in zip(folder.trials(), folder.results().values(), strict=True):
        said = {"a": f"2.{trial.utterance_id[-1]}", "b": "7", "c": None}[trial.engine_id]
        writer.append(replace(result, trial_id=trial.id, engine_version=said))
    writer.close()
    [run] = gather([folder]).runs
    versions = {engine.id: engine.versions for engine in run.engines}
    assert versions == {"a": ("2.0", "2.1", "2.2", "2.3"), "b": ("7",), "c": ()}


def test_errors_to_hear_are_as_many_of_each_engine_and_have_sound(runs):
    data = gather([RunFolder(run) for run in runs])
    own = data.heard["en"]
    counts = [sum(one.trial.cell.engine == engine for one in own) for engine in ("anna", "ravi", "zoe")]
    assert sum(counts) == 20
    assert max(counts) - min(counts) <= 1
    assert all(one.trial.words.errors for one in own)
    assert sum(one.clip is not None for one in own) >= 15


# -- where it is written ----------------------------------------------------------------------


def test_a_site_is_built_anew_in_its_place_and_nothing_else_is_emptied(runs, tmp_path):
    out = tmp_path / "site"
    build_site(runs, out)
    (out / "languages" / "old.html").write_text("stale", encoding="utf-8")
    build_site(runs[:1], out)
    assert not (out / "languages" / "old.html").exists()
    assert not (out / "engines" / "zoe.html").exists()
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="got other files"):
        build_site(runs, other)
    assert (other / "thesis.txt").is_file()


def test_runs_that_cannot_be_compared_are_refused_before_anything_is_written(runs, tmp_path):
    with pytest.raises(ConfigError, match="measured in both"):
        build_site([runs[0], runs[0]], tmp_path / "site")
    with pytest.raises(RunFolderError):
        build_site([tmp_path], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_names_become_file_names_that_lead_nowhere_else():
    assert slug("pulse-pro") == "pulse-pro"
    for name in ("../../etc/passwd", "हिन्दी", "A", "a", "a b", "", "con/../x"):
        assert re.fullmatch(r"[a-z0-9-]+", slug(name))
    assert len({slug(name) for name in ("A", "a", "a b", "a-b", "a/b", "ä")}) == 6


def test_a_clip_that_is_not_of_the_run_is_not_published(runs, tmp_path):
    folder = Path(shutil.copytree(runs[0], tmp_path / "run"))
    (tmp_path / "secret.opus").write_bytes(b"OggS secret")
    clips = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    for one in clips["utterances"].values():
        one["recorded"] = "../secret.opus"
    (folder / "clips.json").write_text(json.dumps(clips), encoding="utf-8")
    build_site([folder], tmp_path / "site")
    assert not any(b"secret" in path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file())


def test_the_command_says_where_it_is_and_what_has_no_sound(runs, tmp_path):
    folder = Path(shutil.copytree(runs[1], tmp_path / "run"))
    RunFolder(folder).drop_clips()
    shown = invoke("site", "build", folder, "--out", tmp_path / "site")
    assert "no sound" in shown
    assert "index.html" in shown
    assert "expected a run folder" in invoke("site", "build", tmp_path, "--out", tmp_path / "other", code=2)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        build_site(two_runs(Path(folder)), Path(folder) / "site")
        for each in FILES:
            (GOLDEN / Path(each).name).write_text(told(Path(folder) / "site", each), encoding="utf-8")
