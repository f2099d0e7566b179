"""Runs and their site, made once."""

import pytest

from bench.report.site import build_site
from tests.report.site.world import two_runs


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Two run folders (world.py)."""
    return two_runs(tmp_path_factory.mktemp("site-runs"))


@pytest.fixture(scope="session")
def site(runs, tmp_path_factory):
    """The folder of their site."""
    out = tmp_path_factory.mktemp("site") / "site"
    build_site(runs, out)
    return out
