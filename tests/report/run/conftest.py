"""One run of each kind, made when it is first asked for; and a real browser."""

import shutil

import pytest

from tests.report.run import made

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """`runs("clear")` is the run of that kind (tests/report/run/made.py)."""
    kinds = {kind.__name__: kind for kind in made.KINDS}
    known = {}

    def run(name):
        if name not in known:
            known[name] = kinds[name](tmp_path_factory.mktemp(name))
        return known[name]

    return run


@pytest.fixture(scope="session")
def chromium():
    """A browser; the page's own requests and messages are what a test looks at."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; run: make system-packages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
