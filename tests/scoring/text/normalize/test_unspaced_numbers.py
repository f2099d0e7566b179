import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.text.normalize import get_normalizer

EARWITNESS = get_normalizer("earwitness")


def spelled(value):
    """Thai numbers by an implementation of its own: digits with their places."""
    digits, places = (
        ["ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"],
        ["", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน"],
    )
    if value >= 10**6:
        return spelled(value // 10**6) + "ล้าน" + (spelled(value % 10**6) if value % 10**6 else "")
    if value == 0:
        return digits[0]
    said = ""
    for place, digit in reversed(list(enumerate(map(int, reversed(str(value)))))):
        if digit == 0:
            continue
        if place == 1:
            said += {1: "", 2: "ยี่"}.get(digit, digits[digit]) + "สิบ"
        elif place == 0 and digit == 1 and value > 10:
            said += "เอ็ด"
        else:
            said += digits[digit] + places[place]
    return said


@given(st.integers(11, 10**12 - 1))
def test_thai_numbers_are_read_back(value):
    assert EARWITNESS(f"มี{spelled(value)}บาท", "th") == EARWITNESS(f"มี {value} บาท", "th")
    assert EARWITNESS(f"มี{spelled(value)}", "th") == EARWITNESS(f"มี {value}", "th")


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_two_different_values_never_become_equal(one, other):
    if one != other:
        assert EARWITNESS(f"ราคา{spelled(one)}บาท", "th") != EARWITNESS(f"ราคา{spelled(other)}บาท", "th")


@pytest.mark.parametrize(
    "text",
    ["สามารถ", "ห้าม", "ห้างสรรพสินค้า", "เก้าอี้", "เรียบร้อย", "พันธุ์ไม้", "ศูนย์กลาง", "สามี", "คนหนึ่ง", "หัวล้าน", "แสนดี", "หกล้ม"],
)
def test_words_that_hold_a_numbers_letters_stay(text):
    assert EARWITNESS(text, "th") == text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("สามจุดห้า", "3.5"),
        ("สองศูนย์แปดหนึ่ง", "2081"),
        ("ที่สาม", "ที่ 3"),
        ("สิบบาท", "10 บาท"),
        ("ลบห้าองศา", "-5 องศา"),
        ("เรียบร้อยสองคน", "เรียบร้อย 2 คน"),
    ],
)
def test_other_numbers(said, written):
    assert EARWITNESS.words(said, "th") == EARWITNESS.words(written, "th")


def test_about_two_or_three_is_no_twenty_three():
    assert EARWITNESS.words("สองสามวัน", "th") != EARWITNESS.words("23 วัน", "th")
