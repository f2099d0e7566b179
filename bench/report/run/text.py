"""Tables of what hangs on language, script and normaliser. They format; they compute nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.report.tables import GROUP_KEYS, NONE, Cells, Table, count, percent, with_interval
from bench.scoring.sensitivity import Sensitivity
from bench.stats.clusters import FEW_CLUSTERS, MIN_CLUSTERS, cluster_note
from bench.types import Estimate, Pool

_OVER = ("engine", "mode", "condition")
_MAX_FLIPS = 20


def language_table(cells: Cells, unit: Callable[[str], str]) -> Table | None:
    """Languages of each engine, the lowest rate first, and their mean; `None` with a single language.

    `unit`: `word` or `char`, by language.
    """
    ranks = {pool: estimate for pool, estimate in cells.across if estimate.metric == "wer.rank"}
    rows: list[tuple[str, ...]] = []
    for pool, estimate in cells.across:
        key = (pool.engine, pool.mode, pool.condition)
        if estimate.metric == "wer.macro":
            name = f"mean over {sum(row[:3] == key and row[3] != '' for row in rows)} languages"
            mean = with_interval(estimate, percent)
            rows.append((*key, "", name, NONE, mean, count(estimate.n), count(estimate.n_clusters)))
        elif estimate.metric == "wer" and pool.language is not None:
            sizes = count(estimate.n), count(estimate.n_clusters)
            rate = with_interval(estimate, percent)
            rows.append((*key, _place(ranks[pool]), pool.language, unit(pool.language), rate, *sizes))
    if not rows:
        return None
    columns = (*_OVER, "place", "language", "unit", "error rate", "answers", "clusters")
    table = Table(
        title="Languages",
        columns=columns,
        rows=tuple(rows),
        numeric=frozenset(("place", "error rate", "answers", "clusters")),
        note=_language_note(cells),
    )
    return table.without_constant(("condition",))


def _place(rank: Estimate) -> str:
    """`2 [1-4]`: the place, and the places that intervals do not exclude."""
    if rank.value is None or rank.low is None or rank.high is None:
        return NONE
    return f"{rank.value:.0f} [{rank.low:.0f}–{rank.high:.0f}]"


def _language_note(cells: Cells) -> str:
    """What every reader must know, then what holds of some rows."""
    explained = (
        "Error rate: WER, or the character error rate where the unit is char. In brackets behind a place: the places "
        "that no pair of disjoint intervals excludes. Units of languages differ in length: a place says on which "
        "language an engine makes most errors in that language's own unit. The mean counts every language alike."
    )
    notes = [*_unanswered(cells), *_cautions(cells.across)]
    return " ".join([explained, *(f"{note[0].upper()}{note[1:]}." for note in notes)])


def _unanswered(cells: Cells) -> Iterator[str]:
    """Languages in which an engine gave no answer at all: they would go missing unnoticed, and flatter its mean."""
    ranked = {pool for pool, estimate in cells.across if estimate.metric == "wer"}
    missing: dict[tuple[str, ...], set[str]] = {}
    for cell in cells.groups:
        pool = Pool(engine=cell.engine, mode=cell.mode, condition=cell.condition, language=cell.language)
        if pool not in ranked:
            missing.setdefault((cell.engine, cell.mode, cell.condition), set()).add(cell.language)
    for key, languages in missing.items():
        yield f"no answer of {', '.join(key)} in {', '.join(sorted(languages))}: not ranked, and not in the mean"


def _cautions(across: Sequence[tuple[Pool, Estimate]]) -> Iterator[str]:
    """Notes on intervals, each once; those on the number of clusters, which has a column, are said of all together."""
    of_languages = {e.note: e.n_clusters for pool, e in across if e.note and pool.language}
    counted = {note: n for note, n in of_languages.items() if note == cluster_note(n)}
    if any(n < MIN_CLUSTERS for n in counted.values()):
        yield f"fewer than {MIN_CLUSTERS} clusters: no interval"
    if any(n >= MIN_CLUSTERS for n in counted.values()):
        yield f"fewer than {FEW_CLUSTERS} clusters: the interval is rough"
    yield from sorted(of_languages.keys() - counted.keys())
    yield from sorted({f"mean of {pool.engine}: {e.note}" for pool, e in across if e.note and not pool.language})


_FURTHER = (
    ("WER", "wer"),
    ("first variants only", "wer.without_variants"),
    ("aksharas", "aer"),
    ("wrong script transliterated", "wer.transliterated"),
)


def further_table(cells: Cells) -> Table | None:
    """Other ways of counting, where there are any: without accepted variants, by syllable, after transliteration."""
    scripts = {key: cells.value(key, "trials.wrong_script") for key in cells.groups}
    present = [
        (title, metric) for title, metric in _FURTHER if any(cells.get(key, metric) is not None for key in cells.groups)
    ]
    keys = [
        key
        for key in cells.groups
        if scripts[key] or any(cells.get(key, metric) is not None for _, metric in present if metric != "wer")
    ]
    if not keys:
        return None
    titles = tuple(title for title, _ in present)
    rows = tuple(
        (
            *key,
            *(with_interval(cells.get(key, metric), percent) for _, metric in present),
            f"{count(scripts[key])} of {count(cells.value(key, 'trials.answered'))}",
        )
        for key in keys
    )
    columns = (*GROUP_KEYS, *titles, "answers in the wrong script")
    note = (
        "WER reads a reference with accepted variants in favour of the answer; aksharas are orthographic syllables of "
        "Indic scripts; the wrong script is one that neither the language nor the reference is written in."
    )
    numeric = frozenset(columns) - set(GROUP_KEYS)
    table = Table(title="Counted otherwise", columns=columns, rows=rows, numeric=numeric, note=note)
    return table.without_constant(cells.constant())


_GROUP = ("mode", "condition", "corpus", "language")


def sensitivity_tables(found: Sequence[Sensitivity]) -> Iterator[Table]:
    """WER under each normaliser, what changes in the ranking, and the utterances behind it."""
    if not found:
        return
    profiles = tuple(found[0].counts)
    rows = tuple(
        (engine, *_group(one), *(percent(one.counts[profile][engine].rate) for profile in profiles))
        for one in found
        for engine in next(iter(one.counts.values()))
    )
    flips = sum(len(one.ranking_flips) for one in found)
    yield Table(
        title="WER under each normaliser",
        columns=("engine", *_GROUP, *profiles),
        rows=rows,
        numeric=frozenset(profiles),
        note=_ranking_note(found, flips),
    ).without_constant(("corpus", "language"))
    if flips:
        yield _ranking_table(found)
    yield from _utterance_table(found)


def _group(one: Sensitivity) -> tuple[str, ...]:
    return tuple(one.group[name] for name in _GROUP)


def _ranking_note(found: Sequence[Sensitivity], flips: int) -> str:
    if all(len(next(iter(one.counts.values()))) < 2 for one in found):
        return "One engine: there is no ranking to change."
    return "The order of two engines changes with the normaliser." if flips else "The ranking is the same under all."


def _ranking_table(found: Sequence[Sensitivity]) -> Table:
    rows = tuple(
        (*_group(one), flip.system_a, flip.a_better_under, flip.system_b, flip.b_better_under)
        for one in found
        for flip in one.ranking_flips
    )
    columns = (*_GROUP, "engine", "is better under", "than engine", "which is better under")
    table = Table(title="Rankings that the normaliser decides", columns=columns, rows=rows)
    return table.without_constant(_same_in_all(found))


def _same_in_all(found: Sequence[Sensitivity]) -> tuple[str, ...]:
    """Columns that need not be shown; where only some groups have rows, a column of one value says which."""
    return tuple(name for name in ("corpus", "language") if len({one.group[name] for one in found}) == 1)


def _utterance_table(found: Sequence[Sensitivity]) -> Iterator[Table]:
    flips = [(one, flip) for one in found for flip in one.utterance_flips]
    if not flips:
        return
    profiles = tuple(found[0].counts)
    shown = sorted(flips, key=lambda pair: -pair[1].swing)[:_MAX_FLIPS]
    rows = tuple(
        (
            *_group(one),
            flip.utterance_id,
            f"{flip.system_a} - {flip.system_b}",
            *(f"{flip.differences[profile]:+d}" for profile in profiles),
        )
        for one, flip in shown
    )
    columns = (*_GROUP, "utterance", "errors of", *profiles)
    note = f"{len(shown)} of {len(flips)}, the largest swing first." if len(flips) > len(shown) else ""
    table = Table(
        title="Utterances that the normaliser decides",
        columns=columns,
        rows=rows,
        numeric=frozenset(profiles),
        note=note,
        folded=True,
    )
    yield table.without_constant(_same_in_all(found))
