"""Foreign normalisers must come out bit for bit as their own project's code gives them."""

import sys
from pathlib import Path

import pytest
import yaml

from bench.errors import MissingExtraError, UsageError
from bench.scoring.text.normalize import get_normalizer, normalizer, open_asr_leaderboard, ports
from tools.compare_with_leaderboard import main, strings

RECORDED = yaml.safe_load(Path(__file__).with_name("open_asr_leaderboard.yaml").read_text(encoding="utf-8"))


def same(profile, expected, count):
    ours = get_normalizer(profile)
    normalizer._normalize.cache_clear()
    differing = 0
    for text in strings(count, seed=20261123):
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


@pytest.mark.parametrize(
    "count", [pytest.param(30_000, marks=pytest.mark.slow), pytest.param(100_000, marks=pytest.mark.nightly)]
)
@pytest.mark.parametrize("profile", ["whisper-basic", "whisper-english"])
def test_equals_the_package_on_many_strings(profile, count):
    same(profile, packages()[profile], count)


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


@pytest.mark.parametrize(("text", "expected"), [pair for group in RECORDED.values() for pair in group.items()])
def test_the_leaderboards_rules_give_what_its_own_code_gave(text, expected):
    pytest.importorskip("whisper_normalizer")
    assert get_normalizer("open-asr-leaderboard")(text, "en") == expected


def test_what_was_recorded_shows_every_difference_to_whisper():
    """Without what the leaderboard adds, each kind of line would come out otherwise somewhere."""
    pytest.importorskip("whisper_normalizer")
    whisper = get_normalizer("whisper-english")
    same = {kind for kind, group in RECORDED.items() if all(whisper(text, "en") == out for text, out in group.items())}
    assert same == {"other scripts"}
    assert sum(map(len, RECORDED.values())) >= 60


@pytest.mark.parametrize(
    ("module", "name", "changed"),
    [(open_asr_leaderboard, "read_text", lambda path: "kept: []"), (ports, "version", lambda package: "0.2.0")],
)
def test_the_leaderboards_hash_covers_its_differences_and_the_package(module, name, changed, monkeypatch, forget):
    pytest.importorskip("whisper_normalizer")
    before = get_normalizer("open-asr-leaderboard").content_hash
    port = ports.open_asr_leaderboard()[0]
    monkeypatch.setattr(module, name, changed)
    monkeypatch.setattr(ports, "LeaderboardNormalizer", lambda english, basic: port)
    normalizer._content_hash.cache_clear()
    assert get_normalizer("open-asr-leaderboard").content_hash != before


HEAD = "from bench.scoring.text.normalize.ports import open_asr_leaderboard\nfrom .words import LISTED\n"
CHECKOUTS = {
    "equal": "class EnglishTextNormalizer:\n"
    "    def __init__(self):\n        self.ours = open_asr_leaderboard()[0]\n"
    "    def __call__(self, text):\n        return self.ours(text)\n",
    "new word": "class EnglishTextNormalizer:\n"
    "    def __init__(self):\n        self.ours = open_asr_leaderboard()[0]\n"
    "    def __call__(self, text):\n        return ' '.join(LISTED.get(w, w) for w in self.ours(text).split(' '))\n",
}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A stand-in for a clone, by kind."""

    def make(kind):
        folder = tmp_path / "normalizer"
        folder.mkdir()
        (folder / "__init__.py").write_text("raise ImportError('needs the whole leaderboard')\n", encoding="utf-8")
        (folder / "words.py").write_text("LISTED = {'seldomly': 'seldom'}\n", encoding="utf-8")
        (folder / "normalizer.py").write_text(HEAD + CHECKOUTS[kind], encoding="utf-8")
        return str(tmp_path)

    yield make
    for name in [name for name in sys.modules if name.startswith("open_asr_leaderboard_checkout")]:
        del sys.modules[name]


def test_a_clone_with_the_same_rules_is_found_equal_without_loading_its_package(checkout, capsys):
    pytest.importorskip("whisper_normalizer")
    assert main([checkout("equal"), "--strings", "50"]) == 0
    assert capsys.readouterr().out.endswith(" changed by the rules, 0 different\n")


def test_a_word_that_only_the_clone_lists_is_found(checkout, capsys):
    pytest.importorskip("whisper_normalizer")
    assert main([checkout("new word"), "--strings", "50"]) == 1
    out = capsys.readouterr().out
    assert "'seldomly" in out
    assert not out.endswith(" 0 different\n")


def test_a_folder_that_is_no_clone_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path)])
    assert stopped.value.code == 2
    assert "expected normalizer/normalizer.py" in capsys.readouterr().err


def test_the_leaderboards_checkout_is_run_as_it_is(tmp_path, monkeypatch, forget):
    folder = tmp_path / "normalizer"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    source = "class EnglishTextNormalizer:\n    def __call__(self, s):\n        return '<' + s + '>'\n"
    (folder / "normalizer.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        leaderboard = get_normalizer("open-asr-leaderboard-checkout")
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
        get_normalizer("open-asr-leaderboard-checkout")("text", "en")
