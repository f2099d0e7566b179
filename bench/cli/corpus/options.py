"""Options that several commands of `bench corpus` have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.address import Address
from bench.errors import Problem, UsageError

MANIFEST = click.argument("manifest", type=Address(dir_okay=False, path_type=Path))
OUT = click.option("--out", type=Address(dir_okay=False, path_type=Path), required=True, help="Manifest to write.")
SEED = click.option("--seed", type=int, default=0, show_default=True)
BY = click.option(
    "--by", multiple=True, metavar="KEY", help="language | cluster | duration | any tag; may be repeated."
)


def pairs(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """`a=b` options as a mapping."""
    for value in values:
        if "=" not in value:
            raise UsageError(Problem(f"{parameter.opts[0]} {value}", "NAME=VALUE", "no '='"))
    return dict(value.split("=", 1) for value in values)
