"""The list of Pulse's language codes: complete as the guide has it, and no corpus card."""

from __future__ import annotations

import yaml

from bench.files import resource_dir

_GUIDE = """en hi de fr es it pt ru pl nl ta bn gu kn ml mr te pa uk sv fi da ro bg cs sk hu lv lt et mt or multi"""


def test_the_guides_codes_are_all_there_by_name():
    listed = yaml.safe_load((resource_dir("datasets") / "languages-pulse.yaml").read_text(encoding="utf-8"))[
        "languages"
    ]
    assert [code for code, about in listed.items() if about["guide"]] == _GUIDE.split()
    assert all(about["name"] and isinstance(about["batch"], bool) for about in listed.values())
    assert all(about["guide"] or about["batch"] or about["stream"] for about in listed.values())
    assert sum(about["batch"] for about in listed.values()) == 29
