"""docs/api.md runs as it is written, and names every column."""

import re
from pathlib import Path

from bench.store import frames
from tests.toy import make_corpus, make_script

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_examples_run_one_after_the_other(tmp_path):
    names = {"manifest": str(make_corpus(tmp_path)), "script": make_script(tmp_path), "folder": tmp_path / "run"}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/api.md", "exec"), names)
    assert names["page"].is_file()
    assert names["judgement"].outcome == "inconclusive"
    assert list(names["wer"]["engine"]) == ["pulse"]
    run = names["run"]
    for name in ("trials", "results", "events", "estimates"):
        assert list(getattr(run, name).columns) == list(getattr(frames, name.upper()))


def test_every_column_is_named_with_what_it_holds():
    for columns in (frames.TRIALS, frames.RESULTS, frames.EVENTS, frames.ESTIMATES):
        for column, text in columns.items():
            assert f"| `{column}` | {text} |" in PAGE
