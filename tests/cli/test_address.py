"""A path of another kind than a command wants is one line with the option, in every command that takes one."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bench.cli import app
from bench.cli.address import Address
from bench.cli.ending import ended
from bench.errors import ExitCode


def commands(
    group: click.Group, context: click.Context, *names: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner, *names, name)
        else:
            yield (*names, name), command


PATHS = [
    pytest.param(names, parameter, id=f"{' '.join(names)} {parameter.opts[-1]}")
    for names, command in commands(app, click.Context(app))
    for parameter in command.params
    if isinstance(parameter.type, click.Path)
]
BAD = [pytest.param(*each.values, id=each.id) for each in PATHS if not each.values[1].type.dir_okay]  # type: ignore[union-attr]


@pytest.mark.parametrize(("names", "parameter"), PATHS)
def test_every_path_of_every_command_is_an_address(names: tuple[str, ...], parameter: click.Parameter) -> None:
    assert isinstance(parameter.type, Address)


@pytest.mark.parametrize(("names", "parameter"), BAD)
def test_a_folder_where_a_file_is_wanted_is_one_line(
    names: tuple[str, ...], parameter: click.Parameter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_option = isinstance(parameter, click.Option)
    words = [*names, *([parameter.opts[-1]] if is_option else []), str(tmp_path), *(["x.wav"] if is_option else [])]
    # Further arguments may be missing: what comes first on the line is looked at first.
    if names == ("corpus", "import"):
        words = [*names, "jsonl", *words[2:]] if is_option else [*names, "jsonl", "x.jsonl", str(tmp_path)]
    assert ended(lambda: app.main(words, standalone_mode=False)) == ExitCode.USAGE
    where = f"{parameter.opts[-1]} {tmp_path}" if is_option else str(tmp_path)
    assert capsys.readouterr().err == f"bench: {where}: expected a file, got a folder\n"


def test_a_file_where_a_folder_is_wanted_and_nothing_where_something_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for words, told in (
        (["history", tmp_path / "file"], f"{tmp_path / 'file'}: expected a folder, got a file"),
        (["history", tmp_path / "none"], f"{tmp_path / 'none'}: expected a folder, got none"),
        (["demo", tmp_path / "file"], f"{tmp_path / 'file'}: expected a folder, got a file"),
        (["demo", tmp_path / "file" / "x"], "expected folders above it, got a file among them; name another place"),
    ):
        command = [str(word) for word in words]
        assert ended(lambda command=command: app.main(command, standalone_mode=False)) == ExitCode.USAGE  # type: ignore[misc]
        said = capsys.readouterr().err
        assert told in said
        assert said.count("\n") == 1
