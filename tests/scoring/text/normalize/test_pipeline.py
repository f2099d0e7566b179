"""The page that tells how to add a language is run as it stands."""

import re
from pathlib import Path

import pytest
import yaml

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.pipeline import compile_pipeline

PAGE = Path(__file__).parents[4] / "docs" / "languages.md"


def blocks(kind):
    return dict(re.findall(rf"<!-- {kind}: (\w+) -->\n```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.parametrize("code", sorted(blocks("rules")))
def test_the_rules_of_the_page_do_what_its_pairs_say(code, monkeypatch):
    rules, packaged = yaml.safe_load(blocks("rules")[code]), data.rules
    monkeypatch.setattr(data, "rules", lambda name: {"code": code, **rules} if name == code else packaged(name))
    run = compile_pipeline(data.profiles()["earwitness"], code)
    pairs = yaml.safe_load(blocks("pairs")[code])
    wrong = [
        (line, left, right)
        for kind in pairs.values()
        for which, lines in kind.items()
        for line in lines.splitlines()
        for left, right in [map(run, line.split(" = "))]
        if (left == right) is not (which == "same")
    ]
    assert wrong == []
