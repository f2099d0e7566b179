"""Tables of `docs/normalization.md`, made from the rules.

`python -m tests.scoring.text.normalize.tables` rewrites them.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from bench.scoring.text.align import count_edits
from bench.scoring.text.normalize import PROFILES, get_normalizer
from bench.scoring.text.normalize.data import rules
from tests.scoring.text.normalize.cases import LANGUAGES, load
from tests.scoring.text.normalize.pairs import load_pairs

PAGE = Path(__file__).parents[4] / "docs" / "normalization.md"


def profiles() -> str:
    lines = ["| profile | version | what it does |", "|---|---|---|"]
    lines += [f"| `{name}` | {get_normalizer(name).version} | {text} |" for name, text in PROFILES.items()]
    return "\n".join(lines)


def languages() -> str:
    lines = [
        "| language | unit | reference | perfect, written otherwise | errors | with one thing wrong | errors |",
        "|---|---|---|---|---|---|---|",
    ]
    for code in LANGUAGES:
        case, unit = load(code), get_normalizer("earwitness").unit(code)
        right, wrong = (_errors(case.reference, text, code) for text in (case.disguised, case.wrong))
        cells = [f"{rules(code)['name']} (`{code}`)", unit, case.reference, case.disguised, right, case.wrong, wrong]
        lines.append(f"| {' | '.join(map(_plain, cells))} |")
    return "\n".join(lines)


def _errors(reference: str, hypothesis: str, language: str) -> str:
    normalizer = get_normalizer("earwitness")
    counts = count_edits(normalizer.words(reference, language), normalizer.words(hypothesis, language))
    return f"{counts.errors} of {counts.reference_length}"


def _plain(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) != "Cf").replace("|", "\\|")


def kinds() -> str:
    """Languages by kinds of pairs: how many must be the same, how many must differ, how many are charged."""
    pairs = load_pairs()
    names = sorted({pair.kind for pair in pairs})
    lines = [f"| language | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for code in sorted({pair.language for pair in pairs}):
        counts = [
            [
                sum(pair.outcome == outcome for pair in pairs if (pair.language, pair.kind) == (code, name))
                for outcome in ("same", "differ", "charged")
            ]
            for name in names
        ]
        cells = [" / ".join(map(str, each if each[2] else each[:2])) if any(each) else "" for each in counts]
        lines.append(f"| {rules(code)['name']} (`{code}`) | {' | '.join(cells)} |")
    return "\n".join(lines)


def charged() -> str:
    """Perfect answers that the rules are known to charge."""
    known = [pair for pair in load_pairs() if pair.outcome == "charged"]
    return "\n".join(f"* `{pair.language}` {pair.kind}: `{pair.left}` and `{pair.right}`" for pair in known)


TABLES = {"charged": charged, "kinds": kinds, "profiles": profiles, "languages": languages}


def block(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- table: {name} -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, render in TABLES.items():
        table = render()
        page = block(name).sub(lambda _, table=table: table, page)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
