"""How a run was measured, and what became of its plan."""

from dataclasses import replace

from bench.report.run import how, limits
from bench.store import Replan


def test_every_change_of_the_plan_is_told(runs):
    read = runs("clear")
    added = Replan(at="2026-11-28T10:00:00+00:00", kept=4, added=1_200, left_out=0)
    cut = Replan(at="2026-11-29T10:00:00+00:00", kept=1, added=0, left_out=1_203, answered_left_out=7)
    changed = replace(read, spec=replace(read.spec, replans=(added, cut)))
    facts = dict(how.facts(changed))
    assert facts["plan changed 2026-11-28 10:00 UTC"] == "4 trials kept, 1,200 added, 0 left out (0 of them answered)"
    assert facts["plan changed 2026-11-29 10:00 UTC"] == "1 trial kept, 0 added, 1,203 left out (7 of them answered)"
    said = [text for limit in limits.limits(changed) for text in limit.texts]
    assert [text for text in said if "plan was changed" in text] == [
        "Its plan was changed on 2026-11-29: 1 trial kept, 0 added, 1,203 left out (7 of them answered)."
    ]
    assert not any(name.startswith("plan changed") for name, _ in how.facts(read))
