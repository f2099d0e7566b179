import pytest

from bench.report.run.markdown import to_markdown

TWO_SCREENS = 90


def test_text_of_engines_can_be_nothing_but_text(runs):
    text = to_markdown(runs("failing"))
    assert "no answer within 10 s &lt;b&gt;&" in text
    assert "<b>" not in text


@pytest.mark.parametrize("name", ["clear", "invalid", "languages", "failing"])
def test_what_is_not_folded_fits_two_screens(runs, name):
    depth, shown = 0, 0
    for line in to_markdown(runs(name)).splitlines():
        depth += line.startswith("<details>")
        shown += bool(line) and depth == 0
        depth -= line.startswith("</details>")
    assert depth == 0
    assert 10 < shown <= TWO_SCREENS
