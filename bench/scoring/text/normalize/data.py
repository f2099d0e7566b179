"""Reads the rules that travel with the package: profiles, languages and number tables.

The only reader of these files; each is read once. They are part of the code (their digest is part of a
normaliser's identity), so reading them does not break the purity of scoring.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_HERE = files("bench.scoring.text.normalize")
# libyaml's where there is one: a tenth of the time, which each process of a scoring spends. These files are our own;
# what users write is read by bench.config.spec.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALIASES = {"cmn": "zh", "nb": "no", "nn": "no", "zho": "zh", "mul": "multi"}
FALLBACK = "und"
"""Rules of a language that has none of its own: the base layer only."""


def read_text(path: str) -> str:
    """The text of a packaged data file, by its path relative to this folder."""
    return _HERE.joinpath(path).read_text(encoding="utf-8")


def read_yaml(path: str) -> dict[str, Any]:
    """The mapping in a packaged YAML file, by its path relative to this folder."""
    loaded: dict[str, Any] = yaml.load(read_text(path), Loader=_Loader)
    return loaded


@cache
def profiles() -> Mapping[str, Mapping[str, Any]]:
    """Profiles by name: description, version, and either `steps` or `port` (a foreign normaliser)."""
    return read_yaml("profiles.yaml")


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that have rules, sorted."""
    names = (entry.name for entry in _HERE.joinpath("languages").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def resolve(language: str) -> str:
    """The rules' code for a BCP-47 tag: `pt-BR` -> `pt`; a language without rules -> `und`."""
    primary = language.replace("_", "-").split("-")[0].lower()
    code = _ALIASES.get(primary, primary)
    return code if code in languages() else FALLBACK


def has_rules(language: str) -> bool:
    """Whether the text rules know the language of a BCP-47 tag: more than Unicode, case and punctuation."""
    return resolve(language) != FALLBACK


def has_numbers(language: str) -> bool:
    """Whether numbers in words and in digits are one in the language of a BCP-47 tag."""
    known = rules(resolve(language))
    return "numbers" in known or "numerals" in known or resolve(language) == "multi"


_OF_SCRIPT = {
    **{"Latn": "en", "Deva": "hi", "Beng": "bn", "Guru": "pa", "Gujr": "gu", "Orya": "or", "Taml": "ta", "Telu": "te"},
    **{"Knda": "kn", "Mlym": "ml", "Cyrl": "ru", "Hani": "zh", "Jpan": "ja", "Hang": "ko"},
}


def language_of_script(script: str) -> str:
    """The language whose rules a run of that script gets within text of another language."""
    return _OF_SCRIPT.get(script, FALLBACK)


@cache
def rules(code: str) -> Mapping[str, Any]:
    """The declared rules of one language."""
    return {"code": code, **read_yaml(f"languages/{code}.yaml")}


@cache
def spelling(code: str) -> Mapping[str, str]:
    """Spelling variants kept in a file of their own: variant -> the form compared."""
    path = _HERE.joinpath("spelling", f"{code}.txt")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return dict(line.split(maxsplit=1) for line in lines if not line.startswith("#"))


def read_numbers(code: str) -> str:
    """The built table of spoken numbers, empty where there is none."""
    path = _HERE.joinpath("numbers", f"{code}.txt")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def digest() -> str:
    """Hex SHA-256 over every data file except `profiles.yaml`, by sorted path."""
    return _digest_of(_data_paths())


def _digest_of(paths: tuple[str, ...]) -> str:
    sha = hashlib.sha256()
    for path in paths:
        sha.update(f"{path}\0{read_text(path)}\0".encode())
    return sha.hexdigest()


def _data_paths() -> tuple[str, ...]:
    folders = ("languages", "numbers", "spelling")
    paths = (
        f"{folder}/{entry.name}"
        for folder in folders
        if _HERE.joinpath(folder).is_dir()
        for entry in _HERE.joinpath(folder).iterdir()
    )
    return tuple(sorted(paths))
