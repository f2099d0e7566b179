"""The console scripts, beside another project's package `bench`."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "import sys; sys.argv[:] = ['earwitness', '--version']; import earwitness; earwitness.main()"


def run(*path):
    code = f"import sys; sys.path[:0] = {[str(p) for p in path]!r}; {RUN}"
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)


def test_it_is_the_command():
    done = run(ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bench, version ")


@pytest.mark.parametrize("other", ["bench.py", "bench/__init__.py"])
def test_another_projects_package_is_named_and_not_imported(tmp_path, other):
    file = tmp_path / other
    file.parent.mkdir(exist_ok=True)
    file.write_text("raise SystemExit('imported')\n", encoding="utf-8")
    done = run(tmp_path, ROOT)
    assert done.returncode == 2
    assert "expected earwitness's package bench, found another project's" in done.stderr
    assert str(tmp_path) in done.stderr


def test_both_names_are_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == dict.fromkeys(("bench", "earwitness"), "earwitness:main")
    assert "earwitness.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert (ROOT / "bench" / "py.typed").is_file()
