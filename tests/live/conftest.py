"""A real browser for the pages that are served on loopback."""

from tests.browser import axe, chromium, keeps_out

__all__ = ["axe", "chromium", "keeps_out"]
