"""Money, minus, decimals and ranges over what the languages declare, where single lines would leave one out."""

import pytest

from bench.scoring.text.normalize import data, get_normalizer
from bench.scoring.text.normalize.number_tables import load_table

EARWITNESS = get_normalizer("earwitness")
PAYING = [code for code in data.languages() if data.rules(code).get("currency") and load_table(code) is not None]


@pytest.mark.parametrize("language", PAYING)
def test_money_with_every_scale_word_is_read_to_its_last_mark(language):
    table = load_table(language)
    scales = [word for word, value in table.multipliers.items() if value >= 1000]
    for sign, names in data.rules(language)["currency"].items():
        for scale in scales:
            spoken = EARWITNESS(f"2 {scale} {names[:3][-1]}", language)
            assert EARWITNESS(f"{sign}2 {scale}", language) == spoken, scale
            assert EARWITNESS(f"2 {scale} {sign}", language) == spoken, scale
