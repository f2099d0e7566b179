"""The notebook runs on a run as users have it, and is kept without outputs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli import app
from tests.toy import make_config, make_corpus, make_script

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(path, tmp_path, monkeypatch):
    config = make_config(tmp_path, make_corpus(tmp_path), make_script(tmp_path), modes=["batch"])
    result = CliRunner().invoke(app, ["run", str(config), "--out", str(tmp_path / "run"), "--no-report"])
    assert result.exit_code == 0, result.output
    monkeypatch.setenv("EARWITNESS_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("EARWITNESS_CONFIG", str(config))
    root = str(Path.cwd())
    notebook = nbformat.read(path, as_version=4)
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.chdir(tmp_path)
    nbclient.NotebookClient(notebook, timeout=600, startup_timeout=600, kernel_name="python3").execute()
    shown = "".join(
        output["data"].get("text/plain", "") + output["data"].get("image/svg+xml", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    )
    assert "blew" in shown
    assert path.stem != "first_run" or "<svg" in shown
