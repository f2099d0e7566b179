"""Where a command's result goes: a file, or standard output for `-`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

ALLOW_KEY = "A host that the key in the variable NAME may be sent to, besides the vendor's own and this machine."


def say(text: str, **options: Any) -> None:
    """Print what may quote a server, a manifest or a plug-in: without keys, and nothing for a terminal to obey.

    The copy of what is at a URL is called by its address.
    """
    from bench.addresses import by_address
    from bench.engines.secrets import masked
    from bench.report.escape import lines

    click.echo(lines(masked(by_address(text))), **options)


def terminal_width() -> int:
    """In characters; 120 where there is no terminal."""
    return get_terminal_size((120, 24)).columns


def write_or_show(path: Path | None, make: Callable[[], str]) -> None:
    """Write what `make` returns, with missing folders; `None`: nowhere, and it is not made."""
    if path is None:
        return
    if path == Path("-"):
        click.echo(make(), nl=False)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make(), encoding="utf-8")


def page_opener(what: str, *, no_browser: bool) -> Callable[[str], None]:
    """A function that prints an address with `what`, and opens it in the browser."""

    def opened(address: str) -> None:
        click.echo(f"{address} ({what})")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    return opened
