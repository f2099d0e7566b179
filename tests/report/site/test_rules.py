"""Text rules in words: of every language, under every profile, and nothing that the profile does not do."""

import pytest

from bench.report.site.rules import rules_in_words
from bench.scoring.text.normalize import PROFILES, data


@pytest.mark.parametrize("language", [*data.languages(), "rm", "hi-IN"])
def test_every_language_has_its_rules_in_words(language):
    for profile in PROFILES:
        said = dict(rules_in_words(profile, language))
        assert all(text and "{" not in text and "None" not in text for text in said.values())


def test_hindi_names_its_script_its_spellings_and_its_hesitations():
    said = dict(rules_in_words("earwitness", "hi"))
    assert said["script"].startswith("Devanagari")
    assert "प्रोफ़ेसर = प्रोफेसर" in said["spellings that count as the same"]
    assert "उम्म" in said["hesitations that are left out"]
    assert said["errors are counted in"] == "words"


def test_japanese_is_counted_in_characters():
    assert dict(rules_in_words("earwitness", "ja"))["errors are counted in"].startswith("characters")


def test_a_profile_claims_only_what_its_steps_do():
    kept = dict(rules_in_words("earwitness-fillers", "en"))
    assert "hesitations that are left out" not in kept
    assert "hesitations that are left out" in dict(rules_in_words("earwitness", "en"))
    assert "numbers" not in dict(rules_in_words("earwitness-spoken", "en"))
    assert "not used" in dict(rules_in_words("whisper-basic", "hi"))["the language's own rules"]


def test_a_language_without_rules_says_so():
    assert "none" in dict(rules_in_words("earwitness", "rm"))["rules of its own"]
