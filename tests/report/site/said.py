"""Sites of every kind that a site's sentences must speak of truly, made in memory."""

from pathlib import Path

from bench.leaderboard.build import Options, build
from bench.report.site.gather import EngineInRun, SiteData, SiteRun
from bench.store import RunFolder
from bench.store.spec import EngineIdentity, NormalizerIdentity
from tests.leaderboard.worlds import rows, run
from tests.report import made

MANY = [0.05] * 12


def every(engine, rates=MANY):
    return {row.utterance_id for row in rows(engine, rates)}


def board(*groups):
    """Of these rows."""
    return build([run("anna", *groups)], Options())


def site(leaderboard, *runs, units=None):
    """A site of one leaderboard; `units` of languages that are not counted in words."""
    spoken = {row.language for row in leaderboard.boards}
    return SiteData(
        runs=runs,
        tables={"words": leaderboard},
        units={**dict.fromkeys(spoken, "words"), **(units or {})},
        conditions=("clean",),
        heard={},
        normalizer=NormalizerIdentity(id="earwitness@1", hash="abc"),
        redacted=False,
    )


def site_run(name, *, emulated=(), invalid=(), cautions=(), unknown=None):
    about = {id: EngineIdentity(engine="pulse", settings={}, emulate={}) for id in emulated}
    return SiteRun(
        name=name,
        slug=name,
        started_at="2026-11-01T00:00:00+00:00",
        made_by="0.1.0",
        engines=tuple(EngineInRun(id=id, run=name, about=own, versions=()) for id, own in about.items()),
        invalid=invalid,
        cautions=cautions,
        corpora={},
        unknown=unknown or {},
        folder=RunFolder(Path(name)),
    )


def clear():
    return site(board(rows("a", [0.05] * 12), rows("b", [0.5] * 12), rows("c", [0.3] * 12)))


def close():
    return site(board(rows("a", MANY), rows("b", MANY)))


def small():
    return site(board(rows("a", [0.05] * 3), rows("b", [0.5] * 3)))


def nameless():
    leaderboard = board(rows("a", [0.05] * 12, named=False), rows("b", [0.5] * 12, named=False))
    return site(leaderboard, site_run("anna", unknown={"en": "60 of 60 recordings name no speaker"}))


def one():
    return site(board(rows("a", MANY)))


def failing():
    return site(board(rows("a", [0.05] * 12, failed={"en/s0-0", "en/s1-0"}), rows("b", [0.5] * 12)))


def silent():
    return site(board(rows("a", MANY, failed=every("a"))))


def both_silent():
    """Two engines, neither of which answers anything."""
    return site(made.nobody())


def not_all_attempted():
    """One engine was asked only for a part."""
    return site(board(rows("a", MANY), rows("b", [0.5] * 9)))


def emulated():
    """Two runs, both from the emulator, one of them late."""
    runs = [site_run(name, emulated=(id,)) for name, id in (("anna", "a"), ("ravi", "b"))]
    late = site_run("ravi", emulated=("b",), invalid=("late",), cautions=("INVALID", "its plan was changed"))
    return site(made.of_two_runs(), runs[0], late, units={"yo": "words"})


def of_two_units():
    """A language counted in words, one in characters."""
    leaderboard = board(rows("a", MANY), rows("a", MANY, language="ja"), rows("b", [0.5] * 12, language="ja"))
    return site(leaderboard, units={"ja": "characters"})


SITES = (clear, close, small, nameless, one, failing, silent, both_silent, not_all_attempted, emulated, of_two_units)
