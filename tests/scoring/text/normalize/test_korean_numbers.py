import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.numerals import declared_numerals

EARWITNESS = get_normalizer("earwitness")
OTHER_WORDS = """
이번 주에 만나요 | 이 사람은 누구 | 일이 많아요 | 오이를 사다 | 만일 비가 오면 | 천사 같은 아이 |
천사만 있다 | 만사가 귀찮다 | 이만 가보겠습니다 | 천만에요 | 한번 해 봐 | 한 번만 해 봐 | 한층 더 |
세대 차이 | 세월이 빠르다 | 이사를 갔다 | 사이사이에 | 구두를 샀다 | 오전에 | 육지로 | 칠판을 보다 |
팔을 다쳤다 | 삼촌이 왔다 | 백화점에서 | 천천히 | 만나서 반갑다 | 만화책 | 억지로 | 조용히 |
일본에 갔다 | 이천 시에 산다 | 영화를 보다 | 공부를 하다 | 사과를 샀다 | 오늘은 시월드 | 천장이 높다 |
만세를 불렀다 | 십자가 | 백인 대통령 | 천재는 | 만약에 | 두부를 샀다 | 네가 왔다 | 한국은 | 열심히 |
다섯 | 스물 | 이백 선생님 | 일일이 말하다 | 오만 가지 생각 | 육회 비빔밥 | 이 년이 지났다 |
오 일 동안 | 한 국가
"""


def test_words_with_syllables_of_numbers_in_other_senses_stay():
    words = [word.strip() for word in OTHER_WORDS.replace("\n", " ").split("|")]
    assert len(words) >= 25
    assert [EARWITNESS(word, "ko") for word in words] == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("이천이십사년", "2024 년"),
        ("이천 이십사 년에는", "2024 년에는"),
        ("이십오", "25"),
        ("이십", "이십"),
        ("십이월 삼십일일에", "12 월 31 일에"),
        ("오월 이십일에", "5 월 20 일에"),
        ("오월 이백 명이", "5 월 200 명이"),
        ("이십 명이", "20 명이"),
        ("이십 명령", "이십 명령"),
        ("삼백이십오는", "325 는"),
        ("이십오만 명", "250000 명"),
        ("만 오천 원을", "15000 원을"),
        ("3만 5천 원", "35000 원"),
        ("스물다섯", "25"),
        ("스물 다섯 살", "25 살"),
        ("두 시간 동안", "2 시간 동안"),
        ("백스물다섯 개", "125 개"),
        ("삼점일사", "3.14"),
        ("공일공", "010"),
        ("300만 300만", "3000000 3000000"),
        ("제이십오회", "제 25 회"),
    ],
)
def test_what_is_a_number_and_what_is_not(text, expected):
    assert EARWITNESS(text, "ko") == expected


@settings(max_examples=1000, deadline=None)
@given(drawn=st.data())
def test_normalising_twice_changes_nothing(drawn):
    """Where no punctuation parts numbers: that is gone in what was normalised."""
    declared = declared_numerals("ko")
    syllables = [*"영공일이삼사오육칠팔구십백천만억조점제약"]
    natives = [word for kind in declared["natives"].values() for words in kind.values() for word in words.split()]
    others = [*declared["counters"].split(), *declared["particles"].split(), "천사", "세대", "만일"]
    marks = [" ", " ", "%", "3", "25", "1,000", "3.5", "12:30", "one", "thousand", "５"]
    piece = st.sampled_from(syllables) | st.sampled_from(natives) | st.sampled_from(others) | st.sampled_from(marks)
    text = "".join(drawn.draw(st.lists(piece, max_size=10)))
    once = EARWITNESS(text, "ko")
    assert EARWITNESS(once, "ko") == once
