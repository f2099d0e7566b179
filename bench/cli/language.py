"""A language as it is given on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from bench.errors import Problem, UsageError


def check_language(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A code, not a name: nothing would be known of a language called `spanish`."""
    if value is not None and not re.fullmatch(r"(multi|[A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*", value):
        raise UsageError(Problem("--language", "a BCP-47 code such as es, pt-BR or multi", repr(value)))
    return value


def without_rules(languages: Iterable[str]) -> list[str]:
    """A sentence each on languages that the text rules do not know, or whose numbers they do not: where they cost."""
    from bench.scoring.text.normalize.data import has_numbers, has_rules

    spoken = sorted(set(languages))
    unknown = [language for language in spoken if not has_rules(language)]
    spelled = [language for language in spoken if language not in unknown and not has_numbers(language)]
    sentences = []
    if unknown:
        cost = "numbers, spellings and hesitations written another way count as errors (docs/languages.md adds them)"
        sentences.append(f"no text rules for {', '.join(unknown)}: {cost}")
    if spelled:
        sentences.append(f"no table of numbers for {', '.join(spelled)}: 25 and the words for it differ there")
    return sentences
