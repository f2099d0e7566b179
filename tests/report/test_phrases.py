from bench.report.phrases import unbroken, unbroken_bounds, without_rules


def test_languages_without_rules_or_without_numbers_are_named():
    assert without_rules(["en", "hi", "zh", "ko", "multi"]) == []
    assert without_rules(["yo", "en"])[0].startswith("no text rules for yo:")
    assert without_rules(["az", "en"]) == ["no table of numbers for az: 25 and the words for it differ there"]


def test_numbers_keep_their_units_and_intervals_their_bounds():
    kept = "\N{NO-BREAK SPACE}"
    assert unbroken("12.3 % [10.1, 14.0] in 5 min") == f"12.3{kept}% [10.1, 14.0] in 5{kept}min"
    assert unbroken_bounds("12.3 % [10.1, 14.0], 7 of 9") == f"12.3{kept}% [10.1,{kept}14.0], 7 of 9"
