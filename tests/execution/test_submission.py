"""A submitted run: whatever was changed in it after scoring is found and named, and nothing else is."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import bench
from bench.errors import RunFolderError
from bench.execution.submission import check_submission
from bench.store import RunFolder
from bench.store.digests import INPUTS, MADE, digests_of
from bench.types import Failure, FailureKind
from tests.command import invoke
from tests.report.run import made
from tests.runs import make_run, utterances

few = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two engines, one of whose answers failed, in both modes."""

    def answer(utterance, trial):
        if utterance.id == "u003" and trial.engine_id == "ravi":
            return Failure(kind=FailureKind.TIMEOUT, message="no answer within 10 s")
        return made.two_engines(utterance, trial)

    folder = tmp_path_factory.mktemp("submitted")
    return make_run(folder / "run", answer, corpus=utterances(2, 3), engines=made.ENGINES, modes=["batch", "stream"])


@pytest.fixture
def copy(run, tmp_path):
    """`copy()` is a fresh copy of it."""
    numbers = iter(range(1000))

    def copied():
        return Path(shutil.copytree(run, tmp_path / str(next(numbers))))

    return copied


def forge(folder):
    """The digests made anew, as somebody would who hides a change."""
    run = RunFolder(folder)
    stated = run.digests()
    forged = replace(stated, inputs=digests_of(folder, INPUTS), made=digests_of(folder, MADE))
    run.write_json("digests.json", asdict(forged))


def named(folder):
    return [problem.where for problem in check_submission(folder).problems]


def change_line(path, number, change):
    """One line of a file of JSON lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[number])
    change(row)
    lines[number] = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def change_cell(folder, row, column):
    """One value of the scores, with the metadata as it was; `False`: there is nothing to change."""
    path = folder / "scores.parquet"
    table = pyarrow.parquet.read_table(path)
    values = table[column].to_pylist()
    kind = table.schema.field(column).type
    if pyarrow.types.is_boolean(kind):
        values[row] = not values[row]
    elif pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        values[row] = 1 if values[row] is None or values[row] != values[row] else values[row] + 1
    elif pyarrow.types.is_string(kind):
        values[row] = "timeout" if column == "failure_kind" else f"{values[row] or ''}x"
    else:
        return False
    place = table.schema.get_field_index(column)
    table = table.set_column(place, table.schema.field(column), pyarrow.array(values, kind))
    pyarrow.parquet.write_table(table, path, compression="zstd")
    return True


def test_a_run_as_it_was_scored_is_equal_and_stays_as_it_is(copy):
    folder = copy()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    checked = check_submission(folder)
    assert (checked.equal, checked.num_trials, checked.notes) == (True, 24, ())
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert check_submission(copy()).digest == checked.digest


def answers(folder):
    [path] = (folder / "results").glob("*.jsonl")
    return path


@pytest.mark.slow
@few
@given(number=st.integers(0, 23), hidden=st.booleans())
@example(number=0, hidden=True)
def test_any_changed_answer_is_found(copy, number, hidden):
    """By its file; and where the digests were made anew, by the row of its trial."""
    folder = copy()
    trial = {}

    def change(row):
        trial["id"] = row["trial_id"]
        outcome = row["outcome"]
        if outcome["type"] == "failure":
            outcome["kind"] = "auth"
        else:
            text = outcome["recognised"]["text"] if "recognised" in outcome else outcome["text"]
            changed = "zulu" if text.split()[0] != "zulu" else "alpha"
            outcome.get("recognised", outcome)["text"] = " ".join([changed, *text.split()[1:]])

    change_line(answers(folder), number, change)
    if hidden:
        forge(folder)
    found = named(folder)
    assert any(trial["id"][:12] in where for where in found)
    assert (str(answers(folder)) in found) is not hidden


@pytest.mark.slow
@few
@given(data=st.data(), number=st.integers(0, 23), hidden=st.booleans())
def test_any_changed_score_is_found(copy, data, number, hidden):
    folder = copy()
    names = pyarrow.parquet.read_schema(folder / "scores.parquet").names
    column = data.draw(st.sampled_from([name for name in names if name != "normalizer"]))
    if not change_cell(folder, number, column):
        return
    if hidden:
        forge(folder)
    found = named(folder)
    assert found
    assert any("scores.parquet" in where for where in found)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("name", ["estimates.json", "validity.json", "targets.json", "analysis.json"])
def test_any_changed_number_is_found(copy, name, hidden):
    folder = copy()
    text = (folder / name).read_text(encoding="utf-8")
    if name == "targets.json":
        changed = text.replace("[]", '[{"metric": "wer"}]')
    else:
        place = next(k for k in range(len(text) // 2, len(text)) if text[k] in "12345678" and text[k - 1] in " .")
        changed = text[:place] + str(int(text[place]) + 1) + text[place + 1 :]
    assert changed != text
    (folder / name).write_text(changed, encoding="utf-8")
    if hidden:
        forge(folder)
    assert str(folder / name) in named(folder)


def test_a_changed_table_of_estimates_is_found(copy):
    folder = copy()
    table = pyarrow.parquet.read_table(folder / "estimates.parquet")
    values = [None if value is None else value / 2 for value in table["value"].to_pylist()]
    table = table.set_column(table.schema.get_field_index("value"), "value", pyarrow.array(values))
    pyarrow.parquet.write_table(table, folder / "estimates.parquet")
    forge(folder)
    assert named(folder) == [str(folder / "estimates.parquet")]


@pytest.mark.parametrize("name", ["manifests/hand.jsonl", "resolved.json", "environment.json", "trials.jsonl"])
def test_a_changed_plan_is_found(copy, name):
    folder = copy()
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"alpha", b"alfa", 1) + b"\n")
    assert str(path) in named(folder)


def test_a_changed_reference_is_found_though_digests_were_made_anew(copy):
    folder = copy()
    path = folder / "manifests" / "hand.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("alpha", "zulu", 1), encoding="utf-8")
    forge(folder)
    assert any("reference" in where for where in named(folder))


def test_a_file_that_was_put_there_is_found(copy):
    folder = copy()
    shutil.copyfile(answers(folder), folder / "results" / "9999-1.jsonl")
    assert str(folder / "results" / "9999-1.jsonl") in named(folder)


def test_another_digest_is_found(copy):
    folder = copy()
    stated = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    stated["made"]["scores.parquet"] = "0" * 64
    (folder / "digests.json").write_text(json.dumps(stated), encoding="utf-8")
    assert named(folder) == [str(folder / "scores.parquet")]


def test_other_text_rules_than_were_stated_are_found(copy):
    folder = copy()
    bench.open_run(folder).score(normalizer="whisper-basic")
    stated = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    stated["scored_by"]["normalizer"] = "earwitness@1"
    (folder / "digests.json").write_text(json.dumps(stated), encoding="utf-8")
    assert any("made by" in where for where in named(folder))


def test_answers_that_cannot_be_read_are_a_finding_and_no_crash(copy):
    folder = copy()
    answers(folder).write_bytes(answers(folder).read_bytes()[:200] + b"\n{}\n")
    (folder / "scores.parquet").write_bytes(b"PAR1")
    found = named(folder)
    assert {str(answers(folder)), str(folder / "scores.parquet"), str(folder)} <= set(found)


def test_other_versions_of_libraries_are_named_and_no_fault(copy):
    folder = copy()
    stated = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    stated["scored_by"]["versions"]["rapidfuzz"] = "1.0.0"
    (folder / "digests.json").write_text(json.dumps(stated), encoding="utf-8")
    checked = check_submission(folder)
    assert checked.equal
    assert [note.partition(" when")[0] for note in checked.notes] == ["rapidfuzz 1.0.0"]


def test_what_was_scored_otherwise_than_by_its_config_is_checked_as_it_was_scored(copy):
    folder = copy()
    bench.open_run(folder).score(normalizer="whisper-basic", profiles=["earwitness", "basic"])
    assert check_submission(folder).equal


def test_a_link_is_refused(copy):
    folder = copy()
    (folder / "watch").mkdir(exist_ok=True)
    (folder / "watch" / "x.jsonl").symlink_to("/etc/hostname")
    with pytest.raises(RunFolderError, match="got a link"):
        check_submission(folder)


# -- the command ------------------------------------------------------------------------------


def test_the_command_says_so_and_ends_with_0_5_or_2(copy, tmp_path):
    good, bad = copy(), copy()
    assert "the same rows and estimates" in invoke("submission", "check", good)
    assert change_cell(bad, 3, "words_substitutions")
    shown = invoke("submission", "check", good, bad, "--json", tmp_path / "checks.json", code=5)
    assert "DIFFERS" in shown
    assert "words" in shown
    found = json.loads((tmp_path / "checks.json").read_text(encoding="utf-8"))
    assert [each["equal"] for each in found] == [True, False]
    assert "expected a run folder" in invoke("submission", "check", tmp_path, code=2)
    (good / "digests.json").unlink()
    assert "run: bench score" in invoke("submission", "check", good, code=2)


def test_a_redacted_run_is_told_that_it_cannot_be_checked(copy, tmp_path):
    invoke("report", copy(), "--redact", tmp_path / "sent")
    assert "redacted" in invoke("submission", "check", tmp_path / "sent", code=2)
