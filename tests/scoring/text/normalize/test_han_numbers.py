import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.scoring.text.normalize import data, get_normalizer
from bench.scoring.text.normalize.numerals import declared_numerals, load_numerals

EARWITNESS = get_normalizer("earwitness")
CHINESE = """
我们一起去吃饭 | 这两样东西一样 | 统一思想 | 千万不要忘记 | 万一下雨怎么办 | 老百姓的生活 |
来了三四个人 | 今天十分高兴 | 有一点不舒服 | 再说一遍一般情况 | 一直往前走 | 一定要来 |
我一共花了很多 | 一些朋友 | 不管三七二十一起哄 | 乱七八糟的房间 | 三三两两地走了 | 一一介绍 |
七上八下 | 不三不四 | 四面八方 | 五颜六色 | 五花八门 | 十全十美 | 成千上万 | 千千万万 | 几十万 |
好几百 | 数千年 | 百货大楼 | 千里迢迢 | 百年大计 | 一心一意 | 三心二意 | 半斤八两 | 两岸关系 |
十字路口 | 星期一开会 | 九牛一毛 | 他是个二百五 | 参加会议 | 大陆地区 | 亿万富翁 | 一刻也不停 |
接二连三 | 陆续到达 | 万分感谢
"""
CANTONESE = """
我哋一齊去食飯 | 一樣嘅嘢 | 千祈唔好 | 萬一落雨點算 | 老百姓嘅生活 | 嚟咗三四個人 | 今日十分開心 |
有一啲唔舒服 | 一般嚟講 | 一直行 | 一定要嚟 | 一共幾多錢 | 亂七八糟 | 七上八落 | 五顏六色 | 十全十美 |
成千上萬 | 幾十萬 | 百貨公司 | 一心一意 | 三心兩意 | 兩岸關係 | 十字路口 | 星期一開會 | 參加會議 |
億萬富翁 | 禮拜五放工 | 一於咁話 | 一陣再講 | 統一 | 唔三唔四 | 三番四次咁 | 萬分感謝 | 七七八八
"""
JAPANESE = """
一緒に行きましょう | 一般的に | 一応確認します | 一生懸命 | 一部の人 | 統一する | 万一の場合 |
百貨店で買い物 | 八百屋さん | 八百長だ | 千葉県に住む | 十分な時間がある | 十分です | 一旦止まる |
一切ない | 三日月がきれい | 三味線を弾く | 四国へ行く | 九州の海 | 五十嵐さん | 六本木で会う |
二度とない | 十人十色 | 四苦八苦 | 七転八倒 | 一石二鳥 | 五月雨 | 数百円 | 数千人 | 二枚目の俳優 |
一期一会 | 三重県 | 千代田区 | 百科事典 | 八百万の神 | 拾う | 参加する | 七夕祭り | 唯一 | 二の次 |
一斉に | 一杯食わされた | 一昨日 | 二三人
"""
OTHER_WORDS = {"zh": CHINESE, "yue": CANTONESE, "ja": JAPANESE}


def lines(block):
    return [line.strip() for line in block.replace("\n", " ").split("|")]


@pytest.mark.parametrize("language", OTHER_WORDS)
def test_words_with_numerals_in_other_senses_stay(language):
    words = lines(OTHER_WORDS[language])
    assert len(words) >= 25
    assert [EARWITNESS(word, language) for word in words] == words


@pytest.mark.parametrize("language", OTHER_WORDS)
def test_a_single_numeral_is_one_unit_before_and_after(language):
    """So that a guess that is wrong makes no error cheaper or dearer."""
    declared = declared_numerals(language)
    for counter in declared["counters"].split():
        for digit in "三四七八":
            assert EARWITNESS.words(digit + counter, language) == [str("零一二三四五六七八".index(digit)), *counter]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "三四个人", "三四个人"),
        ("zh", "三四五个人", "345 个人"),
        ("zh", "七八年", "七八年"),
        ("zh", "九八年", "98 年"),
        ("zh", "三五年", "三五年"),
        ("zh", "零八年", "08 年"),
        ("zh", "十分钟十分高兴", "10 分钟十分高兴"),
        ("zh", "下午一点，有一点冷", "下午 1 点有一点冷"),
        ("zh", "几十万人", "几十万人"),
        ("zh", "五卅运动", "五卅运动"),
        ("zh", "三 十 个 人", "30 个人"),
        ("ja", "三時十分に十分な", "3 時 10 分に十分な"),
        ("ja", "百円と数百円", "100 円と数百円"),
        ("ja", "百が千", "百が千"),
        ("ja", "1億2000万円", "120000000 円"),
        ("yue", "三四個人廿五歲", "三四個人 25 歲"),
    ],
)
def test_what_is_a_number_and_what_is_not(language, text, expected):
    assert EARWITNESS(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("APP下载了二十五个", "app 下载了 25 个"),
        ("用iPhone十五，拍了30张", "用 iphone 15 拍了 30 张"),
        ("cafe\u0301二十个", "cafe 20 个"),
        ("में二十个", "में 20 个"),
        ("二十五km", "25 公里"),
    ],
)
def test_letters_of_another_script_need_no_space_to_end_a_word(text, expected):
    assert EARWITNESS(text, "zh") == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize("language", ["hi", "en", "multi"])
def test_a_run_of_han_within_another_language_is_read_as_chinese(language):
    assert "25 个" in EARWITNESS("ok 二十五个 ok", language)


def pieces(language):
    table, declared = load_numerals(declared_numerals(language)), declared_numerals(language)
    counters = declared["counters"].split()
    after = [*declared["after"], *declared["vague"], *declared["ranges"], *declared["points"]]
    words = [word[:2] for word in lines(OTHER_WORDS[language])]
    marks = [" ", "，", "、", "%", ".", "3", "25", "1,000", "3.5", "12:30", "km", "one", "thousand", "５", "¥"]
    return st.sampled_from([*table.digits, *table.units, *counters, *after, *words, *marks])


@pytest.mark.parametrize("language", OTHER_WORDS)
@settings(max_examples=150, deadline=None)
@given(drawn=st.data())
def test_normalising_twice_changes_nothing(language, drawn):
    """Where no punctuation parts numbers: that is gone in what was normalised."""
    text = re.sub("[，、]", "", "".join(drawn.draw(st.lists(pieces(language), max_size=10))))
    once = EARWITNESS(text, language)
    assert EARWITNESS(once, language) == once


@pytest.mark.parametrize("language", OTHER_WORDS)
@given(st.integers(1, 9), st.integers(1, 9))
@example(5, 6)
def test_numbers_parted_by_punctuation_are_two_however_often_text_is_read(language, one, other):
    digits = "一二三四五六七八九"
    text = f"{digits[one - 1]}、{digits[other - 1]}人"
    assert EARWITNESS.words(text, language) != EARWITNESS.words(f"{one}{other}人", language)


@pytest.mark.parametrize("language", OTHER_WORDS)
@settings(max_examples=100, deadline=None)
@given(drawn=st.data())
def test_spaces_between_characters_do_not_count(language, drawn):
    pieces_of_han = pieces(language).filter(lambda piece: not piece.isascii() and "，、％¥５".find(piece) < 0)
    text = "".join(drawn.draw(st.lists(pieces_of_han, max_size=10)))
    assert EARWITNESS.words(" ".join(text), language) == EARWITNESS.words(text, language)


@pytest.mark.parametrize("language", ["zh", "yue", "ja", "ko", "en"])
def test_forms_of_another_width_are_the_usual_ones(language):
    assert EARWITNESS("ＡＢＣ　５％", "zh") == EARWITNESS("ABC 5%", "zh")
    assert EARWITNESS("ﾊﾟｿｺﾝ ｶﾞ", "ja") == EARWITNESS("パソコン ガ", "ja")
    assert data.rules(language)["width"] is True
