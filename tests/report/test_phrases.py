from bench.report.phrases import without_rules


def test_languages_without_rules_or_without_numbers_are_named():
    assert without_rules(["en", "hi", "zh", "ko", "multi"]) == []
    assert without_rules(["yo", "en"])[0].startswith("no text rules for yo:")
    assert without_rules(["az", "en"]) == ["no table of numbers for az: 25 and the words for it differ there"]
