"""`bench list`: what can be named in a config."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap

import click

from bench.cli.output import terminal_width

_NARROWEST = 60


@click.command("list")
@click.argument("kind", required=False)
def list_command(kind: str | None) -> None:
    """Show names and what they stand for; without KIND, which lists there are.

    \b
    bench list configs
    bench list engines
    bench list conditions
    """
    from bench.execution.catalogue import catalogue

    lines = catalogue(kind)
    if not sys.stdout.isatty():
        for name, about in lines:
            click.echo(f"{name}\t{about}")
        return
    click.echo("\n".join(wrapped(list(lines), max(_NARROWEST, min(terminal_width(), 120)))))


def wrapped(lines: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Names in a column of their own, what they stand for wrapped beside them; no line is wider than `width`."""
    indent = min(max((len(name) for name, _ in lines), default=0) + 2, width // 3)
    for name, about in lines:
        text = wrap(about, width - indent, break_on_hyphens=False) or [""]
        if len(name) + 2 > indent:
            yield name
        else:
            text[0] = f"{name:{indent}}{text[0]}"
            yield text.pop(0)
        yield from (f"{'':{indent}}{line}" for line in text)
