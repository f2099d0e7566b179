import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.numerals import declared_numerals, load_numerals, number, quantity, sequence

TABLES = {code: load_numerals(declared_numerals(code)) for code in ("zh", "yue", "ja", "ko")}
EARWITNESS = get_normalizer("earwitness")
SPELLED = {
    "zh": ("zh", "元"),
    "zh_Hant": ("zh", "元"),
    "yue": ("yue", "蚊"),
    "yue_Hans": ("yue", "蚊"),
    "ja": ("ja", "円"),
    "ko": ("ko", " 개"),
}
"""Spell-out rules of unicode-rbnf: the language that reads them, and a counter to stand behind a number."""

DIGITS = "零一二三四五六七八九"


def spell(value):
    """Chinese spelling, written independently of the grammar."""
    for scale, name in ((10**12, "兆"), (10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= scale:
            rest = value % scale
            gap = "零" if 0 < rest < scale // 10 else ""
            return spell(value // scale) + name + gap + (spell(rest) if rest else "")
    return DIGITS[value]


@given(st.integers(1, 10**16 - 1))
def test_every_chinese_number_is_read_back(value):
    assert quantity(spell(value), TABLES["zh"]) == value


@given(st.text("0123456789", min_size=1, max_size=12))
def test_digits_one_by_one_keep_their_zeros(digits):
    assert sequence("".join(DIGITS[int(digit)] for digit in digits), TABLES["zh"]) == digits


@pytest.mark.parametrize(
    ("language", "run", "expected"),
    [
        ("zh", "一百二", "120"),
        ("zh", "一万五", "15000"),
        ("zh", "一百零二", "102"),
        ("ja", "百二", "102"),
        ("zh", "一万五千亿", "1500000000000"),
        ("ja", "1億2000万", "120000000"),
        ("zh", "三点五万", "35000"),
        ("zh", "三点一四", "3 点 14"),
        ("zh", "三點零五", "3 点 05"),
        ("zh", "一点二三四五六万", None),
        ("ko", "만오천", "15000"),
        ("zh", "百", None),
        ("zh", "千万", None),
        ("ja", "千万", "10000000"),
        ("zh", "一百零", None),
        ("zh", "四五十", None),
        ("zh", "一千万千", None),
        ("zh", "一百二百", None),
        ("zh", "25百", None),
        ("zh", "一万万", None),
        ("zh", "2千500", "2500"),
        ("zh", "2百500", None),
        ("yue", "零點點万", None),
    ],
)
def test_runs_of_numerals(language, run, expected):
    assert number(run, TABLES[language]) == expected


@given(st.sampled_from(sorted(TABLES)), st.data())
def test_any_run_of_numerals_is_read_or_left(language, drawn):
    table = TABLES[language]
    chars = st.sampled_from([*table.digits, *table.units, *table.points, "2", "50"])
    read = number("".join(drawn.draw(st.lists(chars, min_size=1, max_size=8))), table)
    assert read is None or all(part.isdecimal() or part == table.points[0] for part in read.split())


VALUES = (
    *range(10_000),
    *(
        factor * 10**power
        for power in range(4, 13)
        for factor in (1, 2, 5, 9, 11, 25, 105)
        if factor * 10**power <= 10**12
    ),
    *range(10_003, 1_000_000, 9973),
)
SINGLE_SYLLABLES = {0, 1, 2, 4, 5, 9}


@pytest.mark.slow
@pytest.mark.parametrize("spelled", SPELLED)
def test_numbers_spelled_by_cldr_are_read_back(spelled):
    """All of them in Chinese, Cantonese and Japanese; in Korean but for single syllables, and what is another word."""
    rbnf = pytest.importorskip("unicode_rbnf")
    engine, (language, counter) = rbnf.RbnfEngine.for_language(spelled), SPELLED[spelled]
    names = [
        name
        for name, rules in engine.rulesets.items()
        if name.startswith("spellout-")
        and not rules.is_private
        and not any(map(name.count, ("ordinal", "year", "days")))
    ]
    assert names
    unread = {
        (value, text)
        for value in VALUES
        for text in engine.format_number(value, ruleset_names=names).text_by_ruleset.values()
        if EARWITNESS(text + counter, language) != f"{value} {counter.strip()}"
    }
    if language == "ko":
        unread = {(value, text) for value, text in unread if value not in SINGLE_SYLLABLES}
        assert unread == {(1004, "천사"), (10_003, "만 삼")}
    else:
        assert unread == set()


@pytest.mark.parametrize("language", ["zh", "ja", "yue"])
@given(year=st.integers(1000, 2999), circle=st.sampled_from("零〇"))
def test_years_read_digit_by_digit(language, year, circle):
    spelled = "".join(DIGITS[int(digit)] for digit in str(year)).replace("零", circle)
    assert EARWITNESS(f"{spelled}年", language) == f"{year} 年"


@given(year=st.integers(1000, 2999), zero=st.sampled_from("영공"))
def test_years_read_digit_by_digit_in_korean(year, zero):
    spelled = "".join(f"{zero}일이삼사오육칠팔구"[int(digit)] for digit in str(year))
    assert EARWITNESS(f"{spelled}년에", "ko") == f"{year} 년에"
