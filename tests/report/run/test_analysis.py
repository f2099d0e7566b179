"""The error analysis as a reader sees it."""

from dataclasses import replace

from bench.report.run.analysis import view
from bench.report.run.html import to_html
from bench.report.run.markdown import to_markdown
from tests.report.pages import page_content
from tests.scoring.errors.test_analysis import HEARD, SPOKEN, analysed, record

RECORDS = [record(id, heard, engine) for id, heard in HEARD.items() for engine in ("e", "f")]


def shown(records=RECORDS):
    return view(analysed(records, engines=("e", "f")), {f"c/{id}": text.lower() for id, text in SPOKEN.items()})


def test_there_is_a_fold_for_each_engine_and_mode():
    found = shown([*RECORDS, record("u0", HEARD["u0"], mode="stream")])
    assert [fold.title for fold in found.folds] == ["e · batch", "e · stream", "f · batch"]
    [cell] = found.folds[0].cells
    assert [table.title for table in cell.lists] == ["Substituted", "Deleted", "Inserted", "Confused stretches"]
    assert dict(cell.facts)["text on audio without speech"] == "1 of 1 clips, 30 words a minute"


def test_a_suspect_is_shown_in_its_sentence():
    table = shown().suspects
    by_utterance = {row[1]: row for row in table.rows if row[3] == "anna"}
    assert by_utterance["c/u0"][2] == "please call [anna] at seven tonight"
    assert by_utterance["c/u0"][5] == "2 of 2: e, f"
    assert "bench corpus exclude" in table.note


def test_alarms_name_the_cell():
    found = shown([record(id, "") for id in ("u0", "u1")])
    assert len(found.alarms) == 2
    assert all(alarm.startswith("e, batch, clean, c, en: ") for alarm in found.alarms)
    assert found.suspects is None


def test_the_page_and_the_text_carry_it_and_escape_it():
    heard = {**HEARD, "u0": "please call <b>hannah</b> at eleven tonight"}
    records = [record(id, text, engine) for id, text in heard.items() for engine in ("e", "f")]
    records = [replace(each, hypothesis=each.hypothesis.replace("hannah", "<i>hannah")) for each in records]
    content = replace(page_content(), analysis=shown(records))
    page = to_html(content)
    assert page.count("<details") >= 4
    assert "<h2>Error analysis</h2>" in page
    assert "&lt;i&gt;hannah" in page
    assert "<i>hannah" not in page
    assert "## References to check" in to_markdown(content)
    assert "Error analysis" not in to_html(page_content())
