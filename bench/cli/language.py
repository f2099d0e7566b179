"""A language as it is given on the command line."""

from __future__ import annotations

import re

import click

from bench.errors import Problem, UsageError


def check_language(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A code, not a name: nothing would be known of a language called `spanish`."""
    if value is not None and not re.fullmatch(r"(multi|[A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*", value):
        raise UsageError(Problem("--language", "a BCP-47 code such as es, pt-BR or multi", repr(value)))
    return value
