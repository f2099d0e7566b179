"""Each way to install the wheel, in an empty environment outside the repository: what the README promises.

`make installs`. Needs the package index for what the wheel depends on. The quickstart is run once, with few utterances,
where pip installed the wheel; the other ways end with its dry run, which imports and opens all that the run would.
`--whole` runs it as it is by each way that can, and a gate that needs no key. `make installs-quick` tries what fits
into every change: `uv`, which does what `pip` does in a fraction of the time, then with its cache `uvx` and `pipx`, all
at the versions of requirements.lock (`--locked`), so that nobody's release of today breaks a change.

uv reads no pip.conf, so it is given what pip is told of indexes, links and constraints. Where it cannot resolve the
wheel even so, as where only pip reaches the index, pip installs in its place, and the reason is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.install import uv_settings

ROOT = Path(__file__).parents[1]
CARRIED = {"datasets": "bench/_data/datasets", "configs": "bench/_data/configs", "examples": "bench/_data/examples"}
FORMS = ("pip", "clone", "pipx", "uvx")
_AT_ONCE = 2
_SHORT = ("--limit", "1", "--set", "stream.limit=1")
"""What makes a run of the quickstart a matter of seconds."""
_TOOLS = ("build==1.6.1", "uv==0.13.9")
_PIPX = "pipx==1.18.4"
_LOCK = ROOT / "requirements.lock"


class FailedError(Exception):
    """A command ended otherwise than it should; with what it said."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("form", nargs="*", choices=[*TRIES, []], help="some of them; default: all")
    arguments.add_argument(
        "--whole", action="store_true", help="run the quickstart with all its utterances, and more than once"
    )
    arguments.add_argument("--locked", action="store_true", help="install the versions of requirements.lock")
    given = arguments.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="earwitness-installs-") as name, ThreadPoolExecutor(_AT_ONCE) as pool:
        folder = Path(name)
        tools = environment(folder / "tools")
        forms = given.form or FORMS
        call(
            folder, tools / "python", "-m", "pip", "install", "--quiet", *_TOOLS, *([_PIPX] if "pipx" in forms else [])
        )
        told = uv_settings(call(folder, tools / "python", "-m", "pip", "config", "list"))
        os.environ |= {name: value for name, value in told.items() if name not in os.environ}
        if given.locked:
            os.environ["PIP_CONSTRAINT"] = str(_LOCK)
            os.environ["UV_CONSTRAINT"] = f"{_LOCK} {os.environ.get('UV_CONSTRAINT', '')}".strip()
        wheel = build(folder, tools)
        if reason := uv_fails(wheel, folder, tools):
            print(f"uv cannot resolve the wheel here, pip installs in its place: {reason}", flush=True)
            os.environ["PIPX_DEFAULT_BACKEND"] = "pip"
            forms = tuple(dict.fromkeys("pip" if form in {"uv", "uvx"} else form for form in forms))
        tries = [pool.submit(attempt, form, wheel, folder / form, tools, given.whole) for form in forms]
        try:
            for attempted in tries:
                print(attempted.result(), flush=True)
        except FailedError as error:
            sys.exit(str(error))
    print(f"all: {time.monotonic() - began:.0f} s", flush=True)


def uv_fails(wheel: Path, folder: Path, tools: Path) -> str:
    """Why uv cannot resolve what the wheel depends on; empty: it can."""
    wanted = folder / "wanted.in"
    wanted.write_text(f"{required(wheel)}\n", encoding="utf-8")
    try:
        call(folder, tools / "uv", "pip", "compile", "--quiet", "--python", sys.executable, wanted)
    except FailedError as error:
        return str(error)
    return ""


def required(wheel: Path) -> str:
    return f"earwitness[quickstart] @ {wheel.as_uri()}"


def attempt(form: str, wheel: Path, away: Path, tools: Path, is_whole: bool) -> str:
    """One form; how long it took."""
    began = time.monotonic()
    away.mkdir()
    TRIES[form](wheel, away, tools, is_whole)
    return f"{form}: {time.monotonic() - began:.0f} s"


def build(folder: Path, tools: Path) -> Path:
    """The wheel, made of the source distribution; both have every file of the package."""
    call(ROOT, tools / "python", "-m", "build", "--outdir", folder / "dist")  # by pip, which reaches what uv may not
    (wheel,) = (folder / "dist").glob("*.whl")
    (source,) = (folder / "dist").glob("*.tar.gz")
    wanted = set(package_files())
    with zipfile.ZipFile(wheel) as archive:
        missing = wanted - set(archive.namelist())
    assert not missing, f"{wheel.name} lacks {sorted(missing)[:10]}"
    with tarfile.open(source) as archive:
        names = {member.name.partition("/")[2] for member in archive}
    missing = set(tracked("bench", *CARRIED)) - names
    assert not missing, f"{source.name} lacks {sorted(missing)[:10]}"
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {len(wanted)} files", flush=True)
    return wheel


def package_files() -> Iterator[str]:
    """Files of the repository that travel with the package, as the wheel names them."""
    yield from tracked("bench", "earwitness.py")
    for name, place in CARRIED.items():
        yield from (place + file.removeprefix(name) for file in tracked(name))


def tracked(*paths: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", *paths], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.split()


def by_pip(wheel: Path, away: Path, _: Path, is_whole: bool) -> None:
    programs = environment(away / "venv")
    call(away, programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[quickstart]")
    use(programs / "bench", away, is_whole)


def by_uv(wheel: Path, away: Path, tools: Path, is_whole: bool) -> None:
    programs = away / "venv/bin"
    call(away, tools / "uv", "venv", "--quiet", "--python", sys.executable, away / "venv")
    call(away, tools / "uv", "pip", "install", "--quiet", "--python", programs / "python", f"{wheel}[quickstart]")
    use(programs / "bench", away, is_whole)


def use(bench: Path, away: Path, is_whole: bool) -> None:
    """The quickstart, from an empty folder; then what needs no key."""
    call(away, bench, "--version")
    call(away, bench, "run", "quickstart", "--dry-run")
    run = "run", "quickstart", "--out", "reports/quickstart", *(() if is_whole else _SHORT)
    call(away, bench, *run, codes=(0, 3))  # 3: a busy machine
    assert (away / "reports/quickstart/report.html").is_file()
    call(away, bench, "snippet", "--engine", "pulse")
    call(away, bench, "list", "configs")
    call(away, bench, "demo", "speech")
    dry = () if is_whole else ("--dry-run",)
    call(away, bench, "run", "speech/demo.yaml", "--out", "reports/main", *dry, codes=(0, 3))


def by_pipx(wheel: Path, away: Path, tools: Path, _: bool) -> None:
    homes = {"PIPX_HOME": str(away / "home"), "PIPX_BIN_DIR": str(away / "bin"), "PIPX_DEFAULT_PYTHON": sys.executable}
    call(away, tools / "pipx", "install", "--quiet", f"{wheel}[quickstart]", PATH=on_path(tools), **homes)
    call(away, away / "bin/bench", "--version")
    call(away, away / "bin/bench", "run", "quickstart", "--dry-run")


def by_uvx(wheel: Path, away: Path, tools: Path, _: bool) -> None:
    bench = tools / "uvx", "--python", sys.executable, "--from", required(wheel), "bench"
    call(away, *bench, "--version")
    call(away, *bench, "run", "quickstart", "--dry-run")


def by_clone(wheel: Path, away: Path, _: Path, is_whole: bool) -> None:
    del wheel
    call(away, "git", "clone", "--quiet", ROOT, "earwitness")
    make = "make", "quickstart", f"PYTHON={sys.executable}", f"ARGS={'' if is_whole else '--dry-run'}"
    call(away / "earwitness", *make, codes=(0, 2) if is_whole else (0,))  # 2: make's, of a 3
    assert not is_whole or list((away / "earwitness/reports").glob("quickstart*/report.html"))


TRIES = {"pip": by_pip, "uv": by_uv, "pipx": by_pipx, "uvx": by_uvx, "clone": by_clone}


def on_path(tools: Path) -> str:
    return f"{tools}{os.pathsep}{os.environ['PATH']}"


def environment(folder: Path) -> Path:
    """An empty virtual environment's folder of programs."""
    call(Path.cwd(), sys.executable, "-m", "venv", folder)
    return folder / "bin"


def call(where: Path, *command: object, codes: tuple[int, ...] = (0,), **variables: str) -> str:
    """Run a command; what it said.

    Raises:
        FailedError: if it ends with another code, with the end of what it said.
    """
    # pip's spelling of "compile nothing": thousands of modules are installed, of which few are imported
    kept: Mapping[str, str] = {"PIP_NO_COMPILE": "0"} | {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    done = subprocess.run(
        [str(word) for word in command],
        cwd=where,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in codes:
        shown = " ".join(map(str, command))
        raise FailedError(f"{shown}\nexit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
