"""Install a clone into a virtual environment by uv, which keeps each wheel once for all of them; else by pip.

    python -m tools.install .venv-cluster '.[emulator,ray,cloud]' --lock requirements-cluster.lock --group cluster

Run by the Python of `.venv`, which has both. uv reads no pip.conf, so it is given what pip is told of indexes, links
and constraints. Where it fails even so, as where only pip reaches the index, pip installs in its place, and the reason
is printed.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
from pathlib import Path

_UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
}
"""pip's setting -> the variable by which uv is told the same."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment", type=Path, help="folder of a virtual environment")
    parser.add_argument("requirement", help="of this clone, with its extras: .[test]")
    parser.add_argument("--lock", type=Path, required=True, help="versions that are taken")
    parser.add_argument("--group", action="append", default=[], help="of pyproject.toml; repeatable")
    given = parser.parse_args()
    python = given.environment / "bin/python"
    groups = [word for group in given.group for word in ("--group", group)]
    wanted = ["--constraint", str(given.lock), *groups, "--editable", given.requirement]
    if reason := _uv_fails(python, wanted):
        print(f"uv cannot install into {given.environment} here, pip installs in its place: {reason}", flush=True)
        by_pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", *wanted]
        sys.exit(subprocess.run(by_pip, check=False).returncode)


def _uv_fails(python: Path, wanted: list[str]) -> str:
    """Why uv did not install it; empty: it did."""
    uv = Path(sys.executable).parent / "uv"
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    done = subprocess.run(
        # Compiled here, as pip does: else what other people's code warns of is said in the middle of a test.
        [str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *wanted],
        env=uv_settings(listed.stdout) | os.environ,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def uv_settings(listed: str) -> dict[str, str]:
    """What `pip config list` says of where packages come from, in uv's variables; the environment wins, as with pip."""
    settings: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, written = line.partition("=")
        variable = _UV_NAMES.get(name.rpartition(".")[2])
        words = str(ast.literal_eval(written)).split() if variable else []
        if variable and words:
            settings[variable] = ("," if variable == "UV_FIND_LINKS" else " ").join(words)
    if "UV_INDEX" in settings:  # pip takes the best of all indexes, uv the first that knows a name
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


if __name__ == "__main__":
    main()
