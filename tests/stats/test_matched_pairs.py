from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bench.scoring.text.align import error_marks
from bench.stats.matched_pairs import mapsswe

SCTK = shutil.which("sctk") or shutil.which("sclite")
VOCABULARY = [f"w{i}" for i in range(30)]


def corrupted(rng: np.random.Generator, words: list[str], rate: float) -> list[str]:
    said: list[str] = []
    for word in words[:-1]:
        dice = rng.random()
        if dice < 0.6 * rate:
            said.append(VOCABULARY[rng.integers(30)])
        elif dice < 0.8 * rate:
            continue
        elif dice < rate:
            said += [word, VOCABULARY[rng.integers(30)]]
        else:
            said.append(word)
    # The last word is always right: sc_stats leaves out what the second system inserts after it (see the docstring).
    return [*said, words[-1]]


def sctk(tool: str, *arguments: str, folder: Path, given: str = "") -> str:
    front = ["sctk", tool] if shutil.which("sctk") else [tool]
    # sc_stats draws its tables in code page 437.
    done = subprocess.run(
        [*front, *arguments], cwd=folder, input=given, capture_output=True, encoding="cp437", check=True
    )
    return done.stdout


def nist_alignments(report: str) -> dict[str, tuple[int, ...]]:
    """Error marks by utterance, of sclite's own alignment."""
    marks = {}
    for id, path in re.findall(r'<PATH id="([^"]+)"[^>]*>\n(.*)\n</PATH>', report):
        found = [0]
        for step in path.split(":"):
            if step[0] == "I":
                found[-1] += 1
            else:
                found += [int(step[0] != "C"), 0]
        marks[id] = tuple(found)
    return marks


@pytest.mark.skipif(SCTK is None, reason="needs NIST SCTK (Debian: sctk)")
def test_equals_nist_sc_stats_on_its_own_alignments_and_nearly_on_ours(tmp_path):
    rng = np.random.default_rng(3)
    references = [[*rng.choice(VOCABULARY, rng.integers(5, 25)), "end"] for _ in range(200)]
    texts = {"ref": references}
    texts |= {name: [corrupted(rng, words, rate) for words in references] for name, rate in (("a", 0.12), ("b", 0.14))}
    for name, lines in texts.items():
        numbered = (f"{' '.join(words)} (spk{i % 10}_{i:04d})" for i, words in enumerate(lines))
        (tmp_path / name).write_text("\n".join(numbered) + "\n", encoding="utf-8")
    reports = {}
    for name in ("a", "b"):
        report = sctk(
            "sclite",
            "-r",
            "ref",
            "trn",
            "-h",
            name,
            "trn",
            name,
            "-i",
            "spu_id",
            "-o",
            "sgml",
            "stdout",
            folder=tmp_path,
        )
        reports[name] = report[report.index("<SYSTEM") :]
    verbose = sctk(
        "sc_stats", "-p", "-t", "mapsswe", "-v", "-n", "-", folder=tmp_path, given=reports["a"] + reports["b"]
    )
    segments = int(re.search(r"\(# segs: (\d+)\)", verbose)[1])
    mean, z = (float(re.search(rf"\({key}: *(-?[\d.]+)\)", verbose)[1]) for key in ("mean", "Z Stat"))

    nist_a, nist_b = nist_alignments(reports["a"]), nist_alignments(reports["b"])
    ours = mapsswe([nist_a[id] for id in nist_a], [nist_b[id] for id in nist_a])
    assert ours.n_segments == segments
    assert ours.mean_difference == pytest.approx(mean, abs=5e-4)
    assert ours.z == pytest.approx(z, abs=5e-4)

    pairs = [[error_marks(r, h) for r, h in zip(references, texts[name], strict=True)] for name in ("a", "b")]
    assert mapsswe(*pairs).z == pytest.approx(z, abs=0.3)


def test_segments_end_at_two_good_words_of_both_systems():
    #            w0     w1     w2     w3     w4     end
    a = (0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0)
    b = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)
    found = mapsswe([a], [b])  # w0 | w1 w2 good | w3, and what follows w4
    assert found.n_segments == 2
    assert found.mean_difference == pytest.approx((1 + (1 - 2)) / 2)


def test_one_good_word_or_an_insertion_between_does_not_end_a_segment():
    a = (0, 1, 0, 0, 1, 0, 0, 1, 0)
    assert mapsswe([a], [(0,) * 9]).n_segments == 1


def test_systems_with_the_same_errors_do_not_differ():
    marks = [(0, 1, 0, 0, 1)] * 5
    assert (mapsswe(marks, marks).z, mapsswe(marks, marks).p_value) == (0.0, 1.0)
    assert mapsswe([(0, 0, 0)], [(0, 0, 0)]).n_segments == 0


def test_different_references_are_refused():
    with pytest.raises(ValueError, match="same reference"):
        mapsswe([(0, 1, 0)], [(0, 1, 0, 0, 0)])
