"""A path on the command line, or a URL such as `s3://bucket/run`: pulled before the command, pushed behind it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from bench.errors import Problem, UsageError


class Address(click.Path):
    """As `click.Path`, with one line where it is another kind of thing; of a URL the command gets the mirror on this
    machine, and what it changes there is pushed.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from bench.addresses import address_of, is_url, path_of
        from bench.remote import local, publish

        value = address_of(Path(value).absolute()) or value  # as messages and earlier commands say it
        if not is_url(value):
            value = value if str(value) == "-" else path_of(value)
            _check_kind(Path(value), param, exists=self.exists, is_file=self.file_okay, is_folder=self.dir_okay)
            return super().convert(value, param, ctx)
        path = local(value)
        if self.exists and not path.exists():
            self.fail(f"expected a file or folder at {value}, found none; see to the address", param, ctx)
        if ctx is not None:
            ctx.call_on_close(partial(publish, path))
        return path


def _check_kind(path: Path, param: click.Parameter | None, *, exists: bool, is_file: bool, is_folder: bool) -> None:
    """Refuse a folder where a file is wanted, a file where a folder is, and nothing where something must be.

    Raises:
        UsageError: with the option and what is there.
    """
    wanted = "a file or folder" if is_file and is_folder else "a file" if is_file else "a folder"
    got = None
    if path.is_dir():
        got = None if is_folder else "a folder"
    elif path.exists():
        got = None if is_file else "a file"
    elif exists:
        got = "none"
    if got is not None:
        option = f"{param.opts[-1]} " if isinstance(param, click.Option) else ""
        raise UsageError(Problem(f"{option}{path}", wanted, got))
