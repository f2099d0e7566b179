"""One run of each kind, made when it is first asked for."""

import pytest

from tests.report.run import made, seldom


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """`runs("clear")` is the run of that kind (made.py, seldom.py)."""
    kinds = {kind.__name__: kind for kind in (*made.KINDS, *seldom.SELDOM)}
    known = {}

    def run(name):
        if name not in known:
            known[name] = kinds[name](tmp_path_factory.mktemp(name))
        return known[name]

    return run
