"""Files of a run folder, changed as a stranger, a torn copy or an editor would change them, and what reads them.

Whatever a file holds, a command says in one message where it is wrong and what to do, and exits with one of its codes;
it never ends in a traceback. A subject of `benchmarks.fuzz`.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bench.cli import app
from bench.cli.ending import ended
from bench.errors import ExitCode
from bench.store import RunFolder
from bench.store.sealed import seal

GOLDEN = Path(__file__).parent.parent / "tests/golden/run"
UGLY: tuple[Any, ...] = (
    *(float("inf"), float("-inf"), float("nan"), 1e308, -1e308, 5e-324, 10**400, 2**63, -1, 0, 0.5, True, False, None),
    *("", "x", "1", "nan", "\x00", "\x1b[2J", "../../x", "9" * 5_000, "2026-13-45T99:99:99"),
    *([], {}, [None], [[]], {"": None}, {"a": 1}),
)
"""What is put in place of a value."""
_NESTED = "[" * 100_000
COMMANDS: dict[str, Callable[[Path, Path, Path], tuple[str, ...]]] = {
    "report": lambda run, good, out: ("report", str(run), "--clips", "0"),
    "redacted": lambda run, good, out: ("report", str(run), "--redact", str(out / "to-send")),
    "compare": lambda run, good, out: ("compare", str(good), str(run), "--html", str(out / "c.html"), "--json", "-"),
    "power": lambda run, good, out: ("power", "--runs", str(good), str(run)),
    "gate": lambda run, good, out: ("gate", str(run), "--baseline", str(good / "baseline.json"), "--junit", "-"),
    "gate-file": lambda run, good, out: ("gate", str(good), "--baseline", str(run / "baseline.json")),
    "gate-rules": lambda run, good, out: (
        *("gate", str(good), "--baseline", str(good / "baseline.json"), "--rules", str(run / "rules.yaml")),
    ),
    "baseline": lambda run, good, out: ("baseline", "save", str(run), "--out", str(out / "b.json")),
    "baseline-show": lambda run, good, out: ("baseline", "show", str(run / "baseline.json")),
    "baseline-update": lambda run, good, out: ("baseline", "update", str(run / "baseline.json"), str(good)),
    "leaderboard": lambda run, good, out: ("leaderboard", str(run), "--out", str(out)),
    "history": lambda run, good, out: ("history", str(run), "--out", str(out)),
    "site": lambda run, good, out: ("site", "build", str(run), "--out", str(out / "site")),
    "submission": lambda run, good, out: ("submission", "check", str(run)),
    "score": lambda run, good, out: ("score", str(run), "--workers", "1"),
    "rescored": lambda run, good, out: ("score", str(run), "--workers", "1"),
    "view": lambda run, good, out: ("view", str(run)),
}
"""What reads a run folder: from the changed one, one that is as it was, and a folder to write to."""
_READ_BY = {
    "baseline.json": ("gate-file", "baseline-show", "baseline-update"),
    "rules.yaml": ("gate-rules",),
    "estimates.json": ("report", "redacted", "site"),
    "estimates.parquet": ("history",),
    "analysis.json": ("report", "redacted", "site"),
    "sensitivity.json": ("report",),
    "over_time.json": ("report",),
    "targets.json": ("report", "site"),
    "clips.json": ("report", "redacted", "site"),
    "validity.json": ("report", "compare", "gate", "baseline", "leaderboard", "site"),
    "digests.json": ("submission",),
    "trials.jsonl": ("report", "score", "submission", "view", "compare"),
    "config.yaml": ("score", "submission"),
}
"""By whom a file is read; other files by all."""
_OF_THEIR_OWN = {"gate-file", "gate-rules", "baseline-show", "baseline-update"}


@dataclass(frozen=True)
class Change:
    """Of one file of a run folder."""

    file: str
    kind: str
    """`value`, `gone`, `twice` (of an entry of JSON or a column), `cut`, `bytes`, `nested`, `empty`, `deleted`."""
    where: tuple[int, ...]
    """The way down to an entry: at each step the number of the one that is taken, modulo how many there are."""
    ugly: int
    """Which of `UGLY` is put there."""


@cache
def good_run() -> Path:
    """A scored run with everything that a run folder can hold."""
    folder = Path(tempfile.mkdtemp(prefix="earwitness-stored-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run = folder / "run"
    shutil.copytree(GOLDEN, run)
    _seal_half(RunFolder(run))
    code, said = called("score", str(run))
    assert code == ExitCode.OK, said
    (run / "clips.json").write_text('{"utterances": {"golden-en/u0": {"recorded": "clips/a.opus"}}, "whole": true}')
    code, said = called("baseline", "save", str(run), "--out", str(run / "baseline.json"))
    assert code == ExitCode.OK, said
    (run / "rules.yaml").write_text(
        "alpha: 0.05\nrules:\n  - {metric: wer, margin: +0.5pp, where: {language: en}}\n"
        "  - {metric: final_latency_s.p95, margin: 10%, ceiling: 2}\n  - failure_rate: 2%\n"
    )
    return run


def _seal_half(run: RunFolder) -> None:
    """A sealed part of the first results, and a log of the others, as a run that was gone on with has them."""
    logs = sorted((run.path / "results").glob("*.jsonl"))
    lines = [line for log in logs for line in log.read_bytes().splitlines(keepends=True)]
    half = len(lines) // 2
    seal(run.path / "results", sorted(lines[:half]))
    (run.path / "results/0000-5798.jsonl").write_bytes(b"".join(lines[half:]))


def files() -> list[str]:
    """Of that run, by their path in it."""
    run = good_run()
    return sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())


def changes() -> st.SearchStrategy[tuple[Change, str]]:
    """A change, and the name of a command that reads what was changed."""

    def of(file: str) -> st.SearchStrategy[tuple[Change, str]]:
        others = sorted(set(COMMANDS) - _OF_THEIR_OWN)
        return st.tuples(
            st.builds(
                Change,
                file=st.just(file),
                kind=st.sampled_from(
                    ["value"] * 12 + ["gone", "gone", "twice", "cut", "bytes", "nested", "empty", "deleted"]
                ),
                where=st.lists(st.integers(0, 400), min_size=1, max_size=9).map(tuple),
                ugly=st.integers(0, len(UGLY) - 1),
            ),
            st.sampled_from(_READ_BY.get(file, others)),
        )

    return st.sampled_from(files()).flatmap(of)


def apply(change: Change, run: Path) -> None:
    """Change the file of a run folder."""
    path = run / change.file
    match change.kind:
        case "deleted":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "nested":
            path.write_text(_NESTED)
        case "cut":
            content = path.read_bytes()
            path.write_bytes(content[: len(content) * (change.where[0] + 1) // 402])
        case "bytes":
            octets = bytearray(path.read_bytes())
            for index in change.where:
                octets[index * 7919 % len(octets)] = change.ugly
            path.write_bytes(bytes(octets))
        case _ if path.suffix == ".parquet":
            _change_table(path, change)
        case _ if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            number = change.where[0] % len(lines)
            lines[number] = _changed(lines[number], change, change.where[1:])
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        case _ if path.suffix == ".json":
            path.write_text(_changed(path.read_text(encoding="utf-8"), change, change.where), encoding="utf-8")
        case _:
            path.write_text(path.read_text(encoding="utf-8") + f"\n{json.dumps(UGLY[change.ugly])}: x\n")


def _changed(text: str, change: Change, where: tuple[int, ...]) -> str:
    """JSON with the entry changed."""
    content = json.loads(text)
    root: dict[str, Any] = {"": content}
    holder: Any = root
    key: Any = ""
    for step in where:
        inner = holder[key]
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner))) if isinstance(inner, list) else []
        if not keys:
            break
        holder, key = inner, keys[step % len(keys)]
    match change.kind:
        case "gone" if holder is not root:
            del holder[key]
        case "twice" if isinstance(holder, list):
            holder.append(holder[key])
        case _:
            holder[key] = UGLY[change.ugly]
    return json.dumps(root[""])


def _change_table(path: Path, change: Change) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    number = change.where[0] % table.num_columns
    name, column = table.column_names[number], table.column(number)
    value = UGLY[change.ugly]
    if change.kind == "gone":
        table = table.drop_columns([name])
    elif change.kind == "twice":
        table = table.append_column(name, column)
    else:
        values = column.to_pylist()
        whole_column = change.where[-1] % 2
        try:
            put = pyarrow.scalar(value, column.type).as_py()
            values[change.where[-1] % max(1, len(values))] = put
            changed = pyarrow.array(values, column.type)
        except (pyarrow.ArrowException, OverflowError, TypeError, ValueError):
            changed = pyarrow.array([json.dumps(value) if whole_column else None] * len(values), pyarrow.string())
        table = table.set_column(number, name, changed)
    pyarrow.parquet.write_table(table, path)


@contextlib.contextmanager
def changed_run(change: Change) -> Iterator[tuple[Path, Path]]:
    """The run with the change, and a folder to write to."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        shutil.copytree(good_run(), run)
        apply(change, run)
        (Path(folder) / "out").mkdir()
        yield run, Path(folder) / "out"


def called(*words: str) -> tuple[int, str]:
    """A command in this process: its exit code, and what it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = ended(lambda: app(args=list(words), standalone_mode=False))
    return code, said.getvalue()


def read(change: Change, command: str) -> tuple[int, str]:
    """What a command makes of a changed run."""
    with changed_run(change) as (run, out):
        if command == "view":
            return _viewed(run)
        return called(*COMMANDS[command](run, good_run(), out))


def _viewed(run: Path) -> tuple[int, str]:
    """What the page of a run in progress would be told."""
    from bench.live.view import Viewer

    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = ended(lambda: json.dumps(Viewer(run).progress(), allow_nan=False) and None)
    return code, said.getvalue()


def stored_files(changed: tuple[Change, str]) -> None:
    """A run folder with a file that was changed, and a command that reads it."""
    change, command = changed
    code, said = read(change, command)
    if code in (ExitCode.INTERNAL, ExitCode.STORAGE) or "Traceback" in said:
        for word in said.split():
            if word.startswith(tempfile.gettempdir() + "/earwitness-error-"):
                said += Path(word).read_text(encoding="utf-8")
                os.unlink(word)
        raise AssertionError(f"{command} after {change} ({UGLY[change.ugly]!r}): exit {code}\n{said}")
