"""Manifests made of a manifest: a sample, parts, without some utterances, with terms marked.

Each is written where it is asked for, its audio paths turned to where the recordings are, and says in its header how it
was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.corpora import curation, sampling
from bench.corpora.importers.reading import read_lines
from bench.corpora.manifest import Header, Manifest, load_manifest, relocated, write_manifest
from bench.corpora.terms import general_frequency, mark_terms, suggest_terms
from bench.types import Utterance


def draw_sample(
    manifest: Path,
    out: Path,
    *,
    seed: int,
    count: int | None = None,
    minutes: float | None = None,
    by: Sequence[str] = (),
    allocation: sampling.Allocation = "proportional",
) -> Manifest:
    """Write a seeded, stratified sample of about `count` utterances or `minutes` of audio.

    Raises:
        UsageError: unless exactly one of count and minutes is given, or for a key that no utterance has.
    """
    whole = load_manifest(manifest)
    chosen = sampling.sample(whole.utterances, seed=seed, count=count, minutes=minutes, by=by, allocation=allocation)
    drawn = {"seed": seed, "count": count, "minutes": minutes, "by": list(by), "allocation": allocation}
    return write_derived(whole, out, replace(whole.header, sample=drawn), chosen)


def draw_parts(manifest: Path, shares: Mapping[str, float], *, seed: int, by: str = "cluster") -> list[Manifest]:
    """Write `NAME.jsonl` beside the manifest for each part; no value of `by` is in two of them.

    Raises:
        UsageError: if shares are not above 0 or add up to more than 1, or there are fewer groups than parts.
    """
    whole = load_manifest(manifest)
    return [
        write_derived(
            whole,
            manifest.with_name(f"{name}.jsonl"),
            replace(whole.header, sample={"split": name, "shares": dict(shares), "by": by, "seed": seed}),
            utterances,
        )
        for name, utterances in sampling.split(whole.utterances, shares, seed=seed, by=by).items()
    ]


def exclude(manifest: Path, out: Path, ids: Sequence[str], reason: str) -> Manifest:
    """Write the manifest without `ids`; the reason stays in its header.

    Raises:
        UsageError: without a reason, for an id that is not there, or if nothing would be left.
    """
    whole = load_manifest(manifest)
    return write_derived(whole, out, *curation.exclude(whole.header, whole.utterances, ids, reason))


def with_terms(manifest: Path, out: Path, terms: Path) -> Manifest:
    """Write the manifest with those terms of a list (one a line) marked that an utterance's text holds."""
    whole = load_manifest(manifest)
    marked = mark_terms(whole.utterances, [line.strip() for _, line in read_lines(terms)])
    return write_derived(whole, out, whole.header, marked)


def propose_terms(manifest: Path, limit: int) -> list[str]:
    """Likely domain terms of a corpus, most frequent first; rare words among them where `terms.general_frequency`."""
    return [term for term, _ in suggest_terms(load_manifest(manifest).utterances, limit, general_frequency())]


def write_derived(whole: Manifest, out: Path, header: Header, utterances: Sequence[Utterance]) -> Manifest:
    """Write utterances of a manifest as another, which may lie elsewhere."""
    moved = tuple(relocated(utterance, whole.path.parent, out.parent) for utterance in utterances)
    write_manifest(out, header, moved)
    return Manifest(path=out, header=header, utterances=moved)
