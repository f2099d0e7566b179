"""A folder for code of Node, with `ws` in it; tests that need it are skipped where it cannot be had, and say so."""

import shutil
import subprocess
from pathlib import Path

import pytest

HANGS_S = 300
"""A limit for what hangs."""


def folder_with_ws(folders: pytest.TempPathFactory) -> Path:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    folder = folders.mktemp("node")
    install = ["npm", "install", "--silent", "--no-audit", "ws@8"]
    try:
        got = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=HANGS_S)
    except subprocess.TimeoutExpired:
        pytest.skip("npm cannot fetch ws: no answer from its registry")
    if got.returncode:
        pytest.skip(f"npm cannot fetch ws: {got.stderr[-200:]}")
    return folder
