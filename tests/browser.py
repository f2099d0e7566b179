"""A real browser for pages opened from disk or served here, and what keeps people out of them."""

import os
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WIDTHS = (1400, 800, 400)
AXE = "axe-core@4.10.3"
HANGS_MS = 180_000
"""A limit for what hangs, not for what is slow."""


@pytest.fixture(scope="module")
def chromium():
    """A browser; the page's own requests and messages are what a test looks at.

    For a module alone: while it is there its event loop runs, and no test of ours may begin one in this process.
    """
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; run: make system-packages")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=HANGS_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=HANGS_MS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Opens a file; afterwards, no message on the console, no error and no request beside the file itself."""
    contexts, noise = [], []

    def open_page(path, address="", **options):
        context = chromium.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(HANGS_MS)
        page = context.new_page()
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda request: noise.append(request.url) if is_foreign(request.url, path) else None)
        page.goto(path.as_uri() + address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert noise == []


def is_foreign(url, path):
    """Whether it is more than the page, and what the page makes of itself."""
    return not url.startswith((path.parent.as_uri(), "blob:"))


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The source of axe-core, fetched by npm for this test alone."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe-core cannot be fetched")
    folder = tmp_path_factory.mktemp("axe")
    try:
        got = subprocess.run(
            [npm, "pack", AXE], cwd=folder, capture_output=True, text=True, timeout=HANGS_MS / 1000, env=os.environ
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm cannot fetch {AXE}: no answer from its registry")
    if got.returncode:
        pytest.skip(f"npm cannot fetch {AXE}: {got.stderr[-200:]}")
    shutil.unpack_archive(next(folder.glob("*.tgz")), folder)
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def keeps_out(chromium, axe):
    """What axe-core finds, and what is wider than the window, at each width: `keeps_out(path, "light")`.

    `ready`: what is there once the page is drawn; `place`: a file, or the address of a page that is served.
    """

    def violations(place, scheme, ready="html[data-ready]"):
        address = place if isinstance(place, str) else place.as_uri()
        found = []
        for width in WIDTHS if scheme == "light" else WIDTHS[:1]:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
            )
            context.set_default_timeout(HANGS_MS)
            page = context.new_page()
            page.goto(address)
            page.wait_for_selector(ready)
            page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
            page.evaluate(axe)
            for one in page.evaluate("axe.run().then((result) => result.violations)"):
                found.append((width, one["id"], [node["html"][:160] for node in one["nodes"][:3]]))
            wide = page.evaluate("document.documentElement.scrollWidth")
            found += [(width, "wider than the window", wide)] if wide > width else []
            context.close()
        return found

    return violations
