import subprocess
import sys
from pathlib import Path

import pytest

from bench.corpora.cards import list_cards, load_card
from bench.corpora.prepare import SOURCES
from bench.errors import ConfigError
from bench.files import resource_dir

CARDS = [card.name for card in list_cards()]


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_complete_and_its_source_is_known(name: str) -> None:
    card = load_card(name)
    assert card.source["kind"] in SOURCES
    assert len(set(card.languages)) == len(card.languages)
    assert card.citation
    assert card.homepage.startswith("https://")
    if card.source["kind"] == "huggingface":
        assert set(card.source.get("configs", {})) <= set(card.languages)


@pytest.mark.parametrize("name", CARDS)
def test_every_card_has_settings_its_source_accepts(name: str, tmp_path: Path, monkeypatch) -> None:
    """The settings models are strict; constructing a source checks them before any network is touched."""
    from bench.corpora import huggingface, package_files, release, synthesis
    from bench.corpora.settings import parse_settings

    models = {
        "huggingface": huggingface.Settings,
        "release": release.Settings,
        "espeak": synthesis.Settings,
        "package-recordings": package_files.RecordingsSettings,
        "package-pairs": package_files.PairsSettings,
    }
    card = load_card(name)
    assert parse_settings(models[card.source["kind"]], card).kind == card.source["kind"]


def test_what_is_synthetic_says_so_and_nothing_else_does() -> None:
    assert {name for name in CARDS if load_card(name).synthetic} == {
        "audioeval-smoke",
        "espeak-sentences",
        "espeak-smoke",
    }


def test_listing_imports_nothing_heavy() -> None:
    heavy = "numpy,soundfile,datasets,pandas"
    code = (
        "import sys; from bench.corpora.cards import list_cards; assert list_cards();"
        f"print([name for name in {heavy!r}.split(',') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_our_folder_of_cards_does_not_shadow_the_library() -> None:
    folder = resource_dir("datasets")
    assert not (folder / "__init__.py").exists()
    code = "import datasets; print(datasets.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder.parent, check=True)
    assert "site-packages" in done.stdout


def test_everything_wrong_with_a_card_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("summary: x\nlicense: MIT\nlanguages: [no]\naccess: free\nsource: somewhere\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_card(str(path))
    message = str(caught.value)
    for part in (
        "license: expected one of the keys access, citation,",
        "an unknown key; did you mean 'licence'?",
        "licence: expected a value, got nothing",
        "access: expected one of bundled, open, gated, licensed, local, got 'free'",
        "source: expected a mapping of keys and values, got 'somewhere'",
    ):
        assert part in message


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", ""])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad.yaml(:2:1)?: expected"):
        load_card(str(path))
