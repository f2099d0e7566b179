"""A leaderboard as page, text, CSV and JSON."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bench.leaderboard.build import Options, build
from bench.leaderboard.values import SCHEMA, Leaderboard
from bench.report.leaderboard import to_csv, to_json, to_page
from bench.report.page import page_html, page_markdown
from tests.leaderboard.worlds import rows, run

SCHEMA_FILE = Path("docs/leaderboard.schema.json")


@pytest.fixture(scope="module")
def found():
    good, bad = rows("good", [0.05] * 20), rows("<bad>", [0.3] * 20)
    tags = {row.utterance_id: {"gender": "f" if int(row.cluster[1:]) < 15 else "m"} for row in good}
    maltese = rows("good", [0.1] * 20, language="mt")
    return build([run("r", good, bad, maltese, tags=tags, cautions=("incomplete",))], Options())


def test_the_json_is_what_the_published_schema_says(found):
    """A change here is a change for websites: add fields, never rename them; else raise the number in `schema`."""
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == TypeAdapter(Leaderboard).json_schema()
    assert TypeAdapter(Leaderboard).validate_json(to_json(found)) == found
    assert json.loads(to_json(found))["schema"] == SCHEMA == "earwitness.leaderboard/2"


def test_the_csv_has_a_line_per_table_and_engine_with_unrounded_numbers(found):
    lines = list(csv.DictReader(to_csv(found).splitlines()))
    assert [(line["language"], line["engine"], line["rank"]) for line in lines] == [
        ("en", "good", "1"),
        ("en", "<bad>", "2"),
        ("mt", "good", "1"),
    ]
    assert float(lines[0]["wer"]) == found.boards[0].rows[0].wer.value
    assert float(lines[0]["wer_low"]) < float(lines[0]["wer"]) < float(lines[0]["wer_high"])


def test_the_page_says_how_it_ranks_and_hides_small_groups(found):
    text = page_markdown(to_page(found))
    assert "Ranked by word errors; a failed trial counts as all words lost" in text
    assert "1 paired difference" in text
    assert "fewer than 8 speakers" in text
    assert "weighted: English 0.5; Maltese 0.5" in text
    assert "r: incomplete" in text
    page = page_html(to_page(found))
    assert "&lt;bad&gt;" in page
    assert "<bad>" not in page
    assert "<summary>By gender</summary>" in page


def test_what_engines_say_beyond_words_has_its_columns():
    def speaking(engine, wrong):
        return [
            replace(row, tallies={"cp.errors": float(row.cluster in wrong), "cp.words": 12.0})
            for row in rows(engine, [0.1] * 20)
        ]

    made = build([run("r", speaking("a", {"s1", "s2"}), rows("mute", [0.1] * 20))], Options())
    (a, mute) = made.boards[0].rows if made.boards[0].rows[0].engine == "a" else made.boards[0].rows[::-1]
    assert list(a.further) == ["cpwer"]
    assert a.further["cpwer"].value == pytest.approx(2 / 20 / 12)
    assert mute.further == {}
    (table,) = [
        table for section in to_page(made).sections for table in section.tables if table.title.startswith("Beyond")
    ]
    assert table.columns == ("engine", "word errors by speaker (cpWER)")
    lines = {line["engine"]: line for line in csv.DictReader(to_csv(made).splitlines())}
    assert float(lines["a"]["cpwer"]) == a.further["cpwer"].value
    assert lines["mute"]["cpwer"] == ""


def test_a_table_says_where_one_engine_failed_more():
    failed = {f"en/s{speaker}-0" for speaker in range(10)}
    shy = build([run("r", rows("honest", [0.1] * 20), rows("shy", [0.1] * 20, failed=failed))], Options())
    text = page_markdown(to_page(shy))
    assert "failures differ (0.0" in text
    assert "words and characters wrong count what failed as all lost" in text
    even = build([run("r", rows("honest", [0.1] * 20), rows("other", [0.1] * 20))], Options())
    assert "failures differ" not in page_markdown(to_page(even))
