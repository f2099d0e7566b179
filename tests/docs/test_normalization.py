import pytest

from tests.scoring.text.normalize.tables import PAGE, TABLES, block

pytest.importorskip("whisper_normalizer")


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_the_manual_are_what_the_rules_do(name):
    """If a change is meant: `python -m tests.scoring.text.normalize.tables`, and bump the profile's version."""
    found = block(name).search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == TABLES[name]()


def test_no_perfect_transcript_has_an_error_and_every_wrong_one_has():
    rows = [line.split(" | ") for line in TABLES["languages"]().splitlines()[2:]]
    assert all(row[4].startswith("0 of ") and not row[6].startswith("0 of ") for row in rows)
