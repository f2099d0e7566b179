"""Text normalisers: named, versioned, hashed.

The same function is applied to reference and hypothesis. Rules live in data (`profiles.yaml`, `languages/`, `numbers/`)
and only `data` reads them; everything else is pure. Must not import other parts of `scoring`.
"""

from bench.scoring.text.normalize.normalizer import PROFILES, Normalizer, get_normalizer

__all__ = ["PROFILES", "Normalizer", "get_normalizer"]
