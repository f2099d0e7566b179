import pytest

from bench.report.run.markdown import to_markdown

TWO_SCREENS = 90


def test_at_most_two_screens_before_the_folds(runs):
    for name in ("clear", "invalid", "languages"):
        open_part = to_markdown(runs(name)).partition("<details>")[0]
        assert open_part.count("\n") <= TWO_SCREENS


def test_text_of_engines_can_be_nothing_but_text(runs):
    text = to_markdown(runs("failing"))
    assert "no answer within 10 s &lt;b&gt;&" in text
    assert "<b>" not in text


@pytest.mark.parametrize("name", ["clear", "languages", "failing"])
def test_what_is_not_folded_fits_two_screens(runs, name):
    depth, shown = 0, 0
    for line in to_markdown(runs(name)).splitlines():
        depth += line.startswith("<details>")
        shown += bool(line) and depth == 0
        depth -= line.startswith("</details>")
    assert depth == 0
    assert 10 < shown <= 90
