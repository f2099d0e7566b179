"""Where the text rules were before they moved to `bench.scoring.text.normalize`; kept for scripts that import it."""

from bench.scoring.text.normalize import Normalizer, get_normalizer

__all__ = ["Normalizer", "get_normalizer"]
