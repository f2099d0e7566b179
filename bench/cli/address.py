"""A path on the command line, or a URL such as `s3://bucket/run`: pulled before the command, pushed behind it."""

from __future__ import annotations

from functools import partial
from typing import Any

import click


class Address(click.Path):
    """As `click.Path`; of a URL the command gets the mirror on this machine, and what it changes there is pushed."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from bench.remote import is_url, local, publish

        if not is_url(value):
            return super().convert(value, param, ctx)
        path = local(value)
        if self.exists and not path.exists():
            self.fail(f"expected a file or folder at {value}, found none; see to the address", param, ctx)
        if ctx is not None:
            ctx.call_on_close(partial(publish, path))
        return path
