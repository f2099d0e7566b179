"""Comparisons, leaderboards, histories and load tests of every kind that their pages must speak of truly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import bench
from bench.history.series import Point, series
from bench.leaderboard.build import Options, build
from bench.load.curve import Measured, UtteranceErrors, curve
from bench.types import Cell, Failure, FailureKind, Interval
from tests.leaderboard.worlds import rows, run
from tests.load.test_curve import SPEC, measured, of
from tests.report.run import made

PLANTED = "</script><script>window.planted=1</script><img src=x onerror=window.planted=2>"


# -- comparisons ------------------------------------------------------------------------------


def compared(folder, before, after, **changes):
    """The comparison of two runs that answer so."""
    paths = []
    for name, answer in (("before", before), ("after", after)):
        made.run_data(folder / name, answer, **changes)
        paths.append(next(path.parent for path in (folder / name).rglob("estimates.json")))
    return bench.open_run(paths[0]).compare(bench.open_run(paths[1]))


def _wrong(anna, ravi, first=3):
    def answer(utterance, trial):
        share = {"anna": anna, "ravi": ravi}[trial.engine_id] + (0.1 if trial.condition_id == "noise" else 0)
        return made.answered(trial, made.with_wrong(utterance, share, first=first))

    return answer


def changed(folder):
    """Anna worse, ravi better, in two conditions and both modes."""
    return compared(folder, _wrong(0.1, 0.8), _wrong(0.4, 0.4), conditions=made.NOISY, modes=["batch", "stream"])


def unchanged(folder):
    return compared(folder, _wrong(0.1, 0.3), _wrong(0.1, 0.3))


def close(folder):
    """A few utterances more and a few fewer."""
    return compared(folder, _wrong(0.2, 0.3), _wrong(0.2, 0.3, first=9))


def small(folder):
    """Two speakers: no interval."""
    return compared(folder, _wrong(0.1, 0.8), _wrong(0.5, 0.4), corpus=made.utterances(2, 4))


def failing(folder):
    """Anna fails now in every fifth utterance."""

    def after(utterance, trial):
        if trial.engine_id == "anna" and int(utterance.id[1:]) % 5 == 0:
            return Failure(kind=FailureKind.TIMEOUT, message=f"no answer {PLANTED}")
        return _wrong(0.1, 0.8)(utterance, trial)

    return compared(folder, _wrong(0.1, 0.8), after)


def late(folder):
    """The second run's harness was late: INVALID."""

    def answer(late_s):
        def answer(utterance, trial):
            return made.streamed(made.with_wrong(utterance, 0.1), late_s=late_s)

        return answer

    return compared(folder, answer(0.0), answer(0.5), modes=["stream"])


def languages(folder):
    """English worse, Hindi better."""
    hindi = [replace(u, id=f"u2{u.id[1:]}", language="hi") for u in made.utterances(9, 4, "एक दो तीन चार पाँच")]

    def answer(english, other):
        def answer(utterance, trial):
            share = english if utterance.language == "en" else other
            return made.answered(trial, made.with_wrong(utterance, share))

        return answer

    return compared(folder, answer(0.1, 0.8), answer(0.6, 0.2), corpus=[*made.utterances(), *hindi])


def silent_now(folder):
    """Nothing is answered by the second run."""

    def after(utterance, trial):
        return Failure(kind=FailureKind.AUTH, message="key refused")

    return compared(folder, _wrong(0.1, 0.8), after, corpus=made.utterances(9, 2))


def one_fails(folder):
    """One trial fails that did not."""

    def after(utterance, trial):
        if (trial.engine_id, utterance.id) == ("anna", "u007"):
            return Failure(kind=FailureKind.TIMEOUT, message="no answer")
        return _wrong(0.1, 0.8)(utterance, trial)

    return compared(folder, _wrong(0.1, 0.8), after)


def evenly(folder):
    """Anna makes one error more in every utterance: no speaker differs from another."""

    def before(utterance, trial):
        return made.answered(trial, utterance.text)

    def after(utterance, trial):
        said = utterance.text.split()
        return made.answered(trial, " ".join(["other", *said[1:]]))

    return compared(folder, before, after, engines=made.ENGINES[:1])


def one_of_two(folder):
    """English of 36 speakers, Hindi of nine."""
    hindi = [replace(u, id=f"u2{u.id[1:]}", language="hi") for u in made.utterances(9, 2, "एक दो तीन चार पाँच")]
    corpus = [*made.utterances(36, 2), *hindi]
    return compared(folder, _wrong(0.1, 0.8), _wrong(0.5, 0.4), corpus=corpus)


COMPARISONS = (
    *(changed, unchanged, close, small, failing, late, languages, silent_now),
    *(one_fails, evenly, one_of_two),
)


# -- leaderboards -----------------------------------------------------------------------------


def one_first():
    """One engine first, one fails, three languages, groups too small."""
    good, bad, middling = rows("good", [0.05] * 20), rows(PLANTED, [0.3] * 20), rows("middling", [0.06] * 20)
    tags = {row.utterance_id: {"gender": "f" if int(row.cluster[1:]) < 15 else "m"} for row in good}
    other = [
        *rows("good", [0.1] * 20, language="mt"),
        *rows("good", [0.2] * 20, language="hi"),
        *rows("middling", [0.12] * 20, language="hi"),
    ]
    return build([run("r", good, bad, middling, other, tags=tags, cautions=("incomplete",))], Options())


def not_told_apart():
    """Two engines whose ranks overlap."""
    return build([run("r", rows("a", [0.2, 0.1] * 10), rows("b", [0.1, 0.2] * 10))], Options())


def alone():
    return build([run("r", rows("only", [0.1] * 20))], Options())


def nameless():
    """Two engines far apart on recordings that name no speaker."""
    return build([run("r", rows("a", [0.1] * 20, named=False), rows("b", [0.4] * 20, named=False))], Options())


def two_speakers():
    """Two engines far apart, of two speakers."""
    return build([run("r", rows("a", [0.1] * 2), rows("b", [0.4] * 2))], Options())


def nobody():
    """No trial is answered."""
    keys = {row.utterance_id for row in rows("a", [0.1] * 20)}
    return build([run("r", rows("a", [0.1] * 20, failed=keys), rows("b", [0.1] * 20, failed=keys))], Options())


def of_two_runs():
    """Two people's runs, one with a late harness, of a language without text rules; a part mixes languages."""
    first, second = rows("a", [0.1] * 20, language="yo"), rows("b", [0.4] * 20, language="yo")
    keys = sorted({row.utterance_id for row in first})
    tags = {key: {"code_switched": "yes"} if k < 60 else {} for k, key in enumerate(keys)}
    return build([run("anna", first, tags=tags), run("ravi", second, tags=tags, latency_valid=False)], Options())


def many_languages():
    """More rankings than the answer tells."""
    codes = ("en", "hi", "mt", "ta", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs")
    return build([run("r", *(rows("a", [0.1] * 20, language=code) for code in codes))], Options())


BOARDS = (one_first, not_told_apart, alone, nameless, two_speakers, nobody, of_two_runs, many_languages)


# -- load -------------------------------------------------------------------------------------


def _curve(engine, *points):
    return replace(curve(engine, of(*(replace(point, engine=engine) for point in points)), SPEC))


def bears_and_fails():
    """One engine fails, the other is driven too fast at last."""
    return [
        _curve("anna", *map(measured, (1, 2, 4), (0.2, 0.21, 0.25)), measured(8, 0.5), measured(16, 0.9, failed=12)),
        _curve("ravi", *map(measured, (1, 2, 4), (0.1, 0.11, 0.12)), measured(32, 2.0, valid=False)),
    ]


def never_valid():
    return [_curve("anna", measured(1, valid=False), measured(2, valid=False))]


def too_few():
    """So few sessions that no 95th percentile may be shown."""
    return [_curve("anna", measured(1, trials=5), measured(2, trials=10))]


def untimed():
    return [_curve("anna", measured(1, None), measured(2, None))]


def fails_at_once():
    """One fails at the first level, of another nothing was counted at the last, a third bears all."""
    return [
        _curve("anna", measured(1, failed=40), measured(2, failed=90)),
        _curve("ravi", measured(1), measured(2), measured(4, None, trials=0)),
        _curve("zoe", *map(measured, (1, 2, 4))),
    ]


def _heard(errors, *, speakers=20):
    """What was heard at one level, so many errors in ten words of each utterance but every fourth."""
    return {
        f"u{k}": UtteranceErrors(cluster=f"s{k % speakers}", errors=float(errors if k % 4 else 0), length=10.0)
        for k in range(60)
    }


def words_under_load():
    """Under load one makes more word errors, one fewer, of one it is not told, and one has too few speakers."""
    pairs = {"anna": (1, 3, 20), "ravi": (3, 1, 20), "zoe": (1, 1, 20), "few": (1, 3, 2)}
    curves = []
    for engine, (first, last, speakers) in pairs.items():
        heard = [_heard(first, speakers=speakers), _heard(last, speakers=speakers)]
        if engine == "zoe":
            heard[1] = {
                key: replace(own, errors=own.errors + (-1) ** k) for k, (key, own) in enumerate(heard[1].items())
            }
            heard = [{key: replace(own, errors=own.errors + 1) for key, own in level.items()} for level in heard]
        points = [replace(measured(level), engine=engine) for level in (1, 2)]
        curves.append(curve(engine, [Measured(point=p, heard=h) for p, h in zip(points, heard, strict=True)], SPEC))
    return curves


LOADS = (bears_and_fails, never_valid, too_few, untimed, fails_at_once, words_under_load)


# -- histories --------------------------------------------------------------------------------


def _points(engine, values, *, metric="wer", unit="ratio", mode="batch", material="x", begin=0):
    for k, value in enumerate(values, start=begin):
        yield Point(
            run=f"night-{k:03}",
            started_at=f"2026-{9 + k // 28:02}-{1 + k % 28:02}T02:00:00",
            metric=metric,
            unit=unit,
            cell=Cell(engine, mode, "clean", "calls", "en"),
            material=material,
            value=value,
            interval=Interval(value=value, low=value - 0.02, high=value + 0.02, n=200, n_clusters=30),
            n_failed=0,
            lower_is_better=True,
        )


def _steps(*levels, noise=0.004, seed=1):
    generator = np.random.default_rng(seed)
    return [level + float(generator.normal(0, noise)) for level, runs in levels for _ in range(runs)]


def one_change():
    """One engine worse from a day on, its latency better; the other as it was."""
    return series(
        [
            *_points("anna", _steps((0.12, 18), (0.16, 12))),
            *_points("anna", _steps((0.5, 20), (0.4, 10)), metric="final_latency_s.p50", unit="s", mode="stream"),
            *_points("ravi", _steps((0.3, 30), seed=2)),
        ]
    )


def still():
    return series(_points("anna", _steps((0.12, 30))))


def short():
    """Too few runs to be searched, and a break in the middle."""
    parts = (_points("anna", _steps((0.12, 3))), _points("anna", _steps((0.2, 3)), material="y", begin=3))
    return series([point for part in parts for point in part])


def many_changes():
    """Six engines of which each changes its level, four for the worse."""
    points = []
    for number in range(6):
        levels = (0.12, 0.2) if number < 4 else (0.2, 0.12)
        points += _points(f"engine-{number}", _steps((levels[0], 15), (levels[1], 15), seed=number))
    return series(points)


HISTORIES = (one_change, still, short, many_changes)
