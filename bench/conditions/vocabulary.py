"""Domain vocabulary: which terms a request carries. Pure.

`keywords: corpus` sends every term of the corpus, so all but a few are decoys in any one utterance: what the
boost inserts where it was not said is counted by `bench.scoring.text.terms`. `utterance` sends what was said there,
the upper bound; no keywords is the control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bench.errors import Problem, UsageError
from bench.types import RequestSpec, Utterance


def request_terms(
    request: RequestSpec,
    utterance: Utterance,
    corpus: Iterable[Utterance] = (),
    read_lines: Callable[[str], Sequence[str]] | None = None,
) -> tuple[tuple[str, float], ...]:
    """Terms with their boost, each once, at most `max_keywords`; the same for every utterance unless `utterance`.

    `read_lines` reads a term file: a term a line, or `term<TAB>boost`; lines that start with # are notes.

    Raises:
        UsageError: if a boost in a file is no number.
    """
    terms: Iterable[tuple[str, float]]
    boost = request.keyword_boost
    match request.keywords:
        case None:
            terms = ()
        case "utterance":
            terms = ((term, boost) for term in utterance.keywords)
        case "corpus":
            terms = ((term, boost) for term in sorted({term for other in corpus for term in other.keywords}))
        case str(path):
            terms = _parsed(path, read_lines(path) if read_lines else (), boost)
        case listed:
            terms = ((term, boost) for term in listed)
    return tuple(dict(terms).items())[: request.max_keywords]


def _parsed(path: str, lines: Iterable[str], boost: float) -> Iterable[tuple[str, float]]:
    for number, line in enumerate(lines, 1):
        term, _, own = line.partition("\t")
        if term.strip() and not term.startswith("#"):
            try:
                yield term.strip(), float(own) if own.strip() else boost
            except ValueError as error:
                raise UsageError(Problem(f"{path}:{number}", "term<TAB>boost", f"{own!r} for a boost")) from error
