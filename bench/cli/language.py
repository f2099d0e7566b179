"""A language as it is given on the command line."""

from __future__ import annotations

import re

import click

from bench.errors import UsageError


def check_language(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A code, not a name: nothing would be known of a language called `spanish`."""
    if value is not None and not re.fullmatch(r"(multi|[A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*", value):
        raise UsageError(f"--language: expected a BCP-47 code such as es, pt-BR or multi, got {value!r}")
    return value
