"""Texts of trials as columns: those of the rows, in the order in which they are asked for."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import bench
from bench.errors import RunFolderError
from bench.store import RunFolder
from bench.types import Transcript

GOLDEN = Path(__file__).parent.parent / "golden" / "run"


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "run"
    shutil.copytree(GOLDEN, path)
    bench.open_run(path).score()
    return RunFolder(path)


@pytest.fixture
def run(scored, tmp_path):
    shutil.copytree(scored.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_texts_are_those_of_the_rows_in_any_order(scored):
    texts, results = scored.texts(), scored.results()
    texts.add_replies(scored.places())
    rows = [scored.scores()[k] for k in np.random.default_rng(3).integers(0, len(scored.scores()), 500)]
    for row, own in zip(rows, texts.of([row.trial_id for row in rows]), strict=True):
        outcome = results[row.trial_id].outcome
        assert own[:3] == (row.reference, row.hypothesis, row.path)
        assert own.reply == (outcome.text if isinstance(outcome, Transcript) else None)
    assert texts.of([]) == []


def test_calls_are_in_the_order_of_the_table_and_unknown_where_nothing_was_asked(run):
    log = sorted((run.path / "results").glob("*.jsonl"))[0]
    lines = log.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"attempts":1', b'"attempts":3,"cost":0.25,"engine_version":"v2"', 1)
    log.write_bytes(b"".join(lines[:-1]))
    results, texts = run.results(), run.texts()
    calls = texts.add_replies(run.places())
    rows = run.scores(texts=False)
    asked = [results.get(row.trial_id) for row in rows]
    assert None in asked
    assert calls.attempts.tolist() == [1 if result is None else result.attempts for result in asked]
    assert calls.version == [None if result is None else result.engine_version for result in asked]
    costs = [np.nan if result is None or result.cost is None else result.cost for result in asked]
    np.testing.assert_array_equal(calls.cost, costs)
    assert {0.25} < set(calls.cost.tolist())
    assert texts.of([row.trial_id for row in rows if row.trial_id not in results])[0].reply is None


@pytest.mark.parametrize("id", ["", "0", "zzz", "11ef1bdb9edb8bb33ad2x"])
def test_an_id_that_is_not_there_is_a_key_error(scored, id):
    texts = scored.texts()
    known = scored.scores()[0].trial_id
    with pytest.raises(KeyError, match=repr(id)):
        texts.of([known, id])


def changed(table, name):
    number = table.column_names.index(name)
    yield table.drop_columns([name])
    yield table.append_column(name, table[name])
    yield table.set_column(number, name, pyarrow.nulls(len(table), pyarrow.string()))
    yield table.set_column(number, name, pyarrow.array(range(len(table))))


@pytest.mark.parametrize("name", ["trial_id", "reference", "path"])
def test_texts_that_are_not_as_scoring_wrote_them_are_one_message(run, name):
    path = run.path / "scores.parquet"
    table = pyarrow.parquet.read_table(path)
    for other in (*changed(table, name), table.take(list(range(len(table)))[::-1]), table.take([0, 0, 1])):
        pyarrow.parquet.write_table(other, path)
        with pytest.raises(RunFolderError, match=r"scores\.parquet.*bench score"):
            run.texts()
