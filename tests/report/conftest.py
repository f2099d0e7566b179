"""A real browser for all pages."""

from tests.browser import axe, chromium, keeps_out, opened

__all__ = ["axe", "chromium", "keeps_out", "opened"]
