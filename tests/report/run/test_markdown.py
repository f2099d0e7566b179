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
