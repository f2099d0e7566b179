"""Which words are numbers, terms or names, from the references themselves. Pure.

Names are guessed from capitals, so there are none for scripts without capitals, for texts without them, and for
German, which capitalises every noun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from bench.scoring.errors.confusions import Classify, KindClasses
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.normalize.alternatives import first_variants
from bench.scoring.text.normalize.data import resolve
from bench.scoring.text.normalize.number_tables import load_table
from bench.types import Utterance

_SENTENCE_END = re.compile(r"[.!?…।॥:;\"“”«»„(]\s*$")
_ALL_NOUNS_CAPITALISED = frozenset(("de",))


def word_kinds(utterances: Sequence[Utterance], normalizer: Normalizer) -> Classify:
    """Classes of the normalised words of one corpus in one language: `number`, `term`, `name` or `other`.

    Of accepted variants the first counts. Terms are the corpus's own keywords. A word that also stands somewhere
    without a capital is no name.
    """
    language = utterances[0].language
    texts = [first_variants(utterance.text) for utterance in utterances]
    tokens = {token for text in texts for token in text.split()}
    inside = {token for text in texts for token in capitalised(text, language)}
    plain = {token for token in tokens if inside and not _has_capital(token)}

    def words(texts: Iterable[str]) -> set[str]:
        return {word for text in texts for word in normalizer.words(text, language)}

    return KindClasses(
        numbers=frozenset(number_words(language)),
        terms=words(term for utterance in utterances for term in utterance.keywords),
        names=words(inside) - words(plain),
    )


def number_words(language: str) -> Iterable[str]:
    """Cardinals, ordinals and multipliers of a language as the normaliser knows them; none where it does not."""
    table = load_table(resolve(language))
    return () if table is None else table.triggers()


def capitalised(text: str, language: str) -> Iterator[str]:
    """Tokens with a capital inside a sentence; none of a text written in capitals throughout."""
    if resolve(language) in _ALL_NOUNS_CAPITALISED or not any(character.islower() for character in text):
        return
    begins = True
    for token in text.split():
        if not begins and _has_capital(token):
            yield token
        begins = bool(_SENTENCE_END.search(token))


@lru_cache(1 << 16)
def _has_capital(token: str) -> bool:
    """Begins with a capital, and is more than one letter standing alone or shortened (`I`, `I'm`)."""
    letters = [character for character in token if character.isalpha()]
    before = sum(character.isalpha() for character in token.replace("’", "'").partition("'")[0])
    return bool(letters) and letters[0].isupper() and (before > 1 or sum(map(str.isupper, letters)) > 1)
