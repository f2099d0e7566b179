"""Foreign normalisers must come out bit for bit as their own project's code gives them."""

import sys

import numpy as np
import pytest

from bench.errors import MissingExtraError, UsageError
from bench.scoring.normalize import get_normalizer, normalizer

ALPHABET = (
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    *" .,;:!?'’\"()[]<>{}-–—/\\@#$€£¢%^&*+=_~`|½²º",
    *"éèüöäßøåñçœæłđþðİışžčāēīģķļņõůűőґїєѝщыэюя",
    *"नमस्तेदुनिया।हिंदीதமிழ்বাংলাമലയാളംಕನ್ನಡతెలుగుગુજરાતીਪੰਜਾਬੀଓଡ଼ିଆ中文日本語한국어",
    *"\u00a0\u00ad\u200b\u200c\u200d\u0301\u0308\ufeff٣४৫",
)
WORDS = [
    "the",
    "a",
    "and",
    "oh",
    "o",
    "one",
    "two",
    "three",
    "ten",
    "eleven",
    "twenty",
    "thirty-five",
    "hundred",
    "thousand",
    "million",
    "first",
    "second",
    "twenty-first",
    "nineteen",
    "eighty-four",
    "minus",
    "plus",
    "point",
    "double",
    "triple",
    "percent",
    "per",
    "cent",
    "dollars",
    "cents",
    "pounds",
    "euro",
    "$5",
    "€2.50",
    "£3",
    "¢7",
    "5%",
    "1,000",
    "2.5",
    "1960s",
    "3rd",
    "don't",
    "won't",
    "it's",
    "y'all",
    "gonna",
    "i'd",
    "been",
    "he's",
    "got",
    "mr",
    "dr",
    "st",
    "colour",
    "centre",
    "grey",
    "organise",
    "uh",
    "um",
    "mhm",
    "[noise]",
    "(laughs)",
    "<unk>",
    "hmm",
    "café",
    "naïve",
    "L'homme",
    "U.S.A.",
    "p.m.",
    "half",
    "and\xa0a\xa0half",
]


def fuzz(count, seed):
    """Strings half of words that the rules are about, half of characters of many scripts."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        pool, glue = (WORDS, " ") if rng.random() < 0.5 else (ALPHABET, "")
        yield glue.join(rng.choice(pool, size=rng.integers(0, 16)))


def same(profile, expected, count):
    ours = get_normalizer(profile)
    normalizer._normalize.cache_clear()
    differing = 0
    for text in fuzz(count, seed=20261123):
        try:
            theirs = expected(text)
        except (AssertionError, ValueError, TypeError, AttributeError, IndexError) as error:
            with pytest.raises(type(error)):
                ours(text, "en")
            continue
        assert ours(text, "en") == theirs, repr(text)
        differing += theirs != text
    assert differing > count / 2, "the fuzz must exercise the rules"


def packages():
    basic = pytest.importorskip("whisper_normalizer.basic")
    english = pytest.importorskip("whisper_normalizer.english")
    return {"whisper-basic": basic.BasicTextNormalizer(), "whisper-english": english.EnglishTextNormalizer()}


@pytest.mark.parametrize("profile", ["whisper-basic", "whisper-english"])
def test_equals_the_package_it_names(profile):
    same(profile, packages()[profile], 2_000)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["whisper-basic", "whisper-english"])
def test_equals_the_package_on_100_000_strings(profile):
    same(profile, packages()[profile], 100_000)


@pytest.fixture
def forget():
    """Compiled pipelines and results are remembered; these tests change what is installed."""
    caches = (normalizer._pipeline, normalizer._normalize, normalizer._content_hash)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_without_the_package_the_extra_is_named(monkeypatch, forget):
    monkeypatch.setitem(sys.modules, "whisper_normalizer.english", None)
    with pytest.raises(MissingExtraError, match=r"earwitness\[normalizers\]"):
        get_normalizer("whisper-english")("text", "en")


def test_the_leaderboards_checkout_is_run_as_it_is(tmp_path, monkeypatch, forget):
    folder = tmp_path / "normalizer"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    source = "class EnglishTextNormalizer:\n    def __call__(self, s):\n        return '<' + s + '>'\n"
    (folder / "normalizer.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        leaderboard = get_normalizer("open-asr-leaderboard")
        assert leaderboard(" A b", "en") == "< A b>"
        before = leaderboard.content_hash
        (folder / "normalizer.py").write_text(source + "# changed\n", encoding="utf-8")
        normalizer._content_hash.cache_clear()
        assert leaderboard.content_hash != before
    finally:
        for name in ("normalizer", "normalizer.normalizer"):
            sys.modules.pop(name, None)


def test_without_a_checkout_it_says_what_to_do(forget):
    with pytest.raises(UsageError, match="set PYTHONPATH to the clone"):
        get_normalizer("open-asr-leaderboard")("text", "en")
