"""Names that pages show in place of codes."""

import pytest

from bench.report.names import definition, language_name, metric_meaning


@pytest.mark.parametrize(
    ("code", "name"),
    [("mai", "Maithili"), ("am-ET", "Amharic (am-ET)"), ("hi", "Hindi"), ("yue", "Cantonese"), ("xxq", "xxq")],
)
def test_a_language_goes_by_its_name_with_or_without_text_rules(code, name):
    assert language_name(code) == name


def test_a_meaning_names_its_metric_once_and_is_plain_text():
    assert metric_meaning("wer").count("WER") == 1
    assert "(wer)" not in metric_meaning("wer")
    assert metric_meaning("final_latency_s.p50").endswith("(final_latency_s.p50)")
    assert "`" not in definition("The `rtfx` of it.")
