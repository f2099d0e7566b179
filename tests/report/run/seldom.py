"""Runs of which a page says what it says of few: each makes a sentence or a limit that no run of `made` has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.corpora.manifest import Header, write_manifest
from bench.report.run.data import RunData
from bench.scoring.second_opinion import SecondOpinion
from bench.scoring.sensitivity import RankingFlip, Sensitivity
from bench.store import Replan
from bench.types import Failure, FailureKind, Recognised, Timing, Transcript
from tests.report.run.made import (
    CONTRAST,
    ENGINES,
    NARROW,
    NOISY,
    answered,
    run_data,
    streamed,
    two_engines,
    with_wrong,
)
from tests.runs import utterances


def _shares(shares, *, key=lambda trial: trial.condition_id, first=0):
    """Answers with errors in that share of utterances, by the condition or another part of the trial."""

    def answer(utterance, trial):
        return answered(trial, with_wrong(utterance, shares[key(trial)], first=first))

    return answer


def better_narrow(tmp_path: Path) -> RunData:
    """8 kHz as it is beats resampled; what is played at 8 kHz has fewer errors than the recording."""
    answer = _shares({"clean": 0.6, "phone": 0.2, "phone-16k": 0.5})
    return run_data(tmp_path / "narrow", answer, engines=ENGINES[:1], conditions=NARROW, contrasts=CONTRAST)


def unclear_costs(tmp_path: Path) -> RunData:
    """No condition, and neither way of 8 kHz, is told apart; real time errs as often as batch, in other places."""

    def answer(utterance, trial):
        first = {"clean": 0, "phone": 31, "phone-16k": 57}[trial.condition_id] + 13 * (trial.mode == "stream")
        return answered(trial, with_wrong(utterance, 0.4, first=first))

    own = {"engines": ENGINES[:1], "conditions": NARROW, "contrasts": CONTRAST, "modes": ["batch", "stream"]}
    return run_data(tmp_path / "unclear", answer, **own)


def better_streamed(tmp_path: Path) -> RunData:
    """Real time makes fewer errors than batch; the config asks for engines and modes set against each other."""
    asked = [
        {"name": "engines", "of": {"engine": "anna"}, "minus": {"engine": "ravi"}},
        {"name": "noise - clean", "of": {"condition": "noise"}, "minus": {"condition": "clean"}},
    ]
    answer = _shares({"batch": 0.5, "stream": 0.2}, key=lambda trial: trial.mode)
    return run_data(tmp_path / "streamed", answer, conditions=NOISY, contrasts=asked, modes=["batch", "stream"])


def _failing_where(fails, shares):
    def answer(utterance, trial):
        if fails(trial.engine_id, int(utterance.id[1:])):
            return Failure(kind=FailureKind.SERVER, message="busy")
        return answered(trial, with_wrong(utterance, shares(trial.engine_id, int(utterance.id[1:]))))

    return answer


def never_both(tmp_path: Path) -> RunData:
    """What one engine answers, the other does not."""
    answer = _failing_where(lambda engine, k: (k % 2 == 0) == (engine == "anna"), lambda engine, _: len(engine) / 10)
    return run_data(tmp_path / "never", answer)


def otherwise_on_pairs(tmp_path: Path) -> RunData:
    """Anna's rate is lower over all that it answered, and higher on the hard half, the only one that ravi answered."""

    def share(engine, k):
        return 0.0 if k >= 60 else {"anna": 0.9, "ravi": 0.6}[engine]

    answer = _failing_where(lambda engine, k: engine == "ravi" and k >= 60, share)
    return run_data(tmp_path / "otherwise", answer)


def some_empty(tmp_path: Path) -> RunData:
    """Nothing fails, and some answers hold no word; one engine gives no answer at all."""

    def answer(utterance, trial):
        if trial.engine_id == "ravi":
            return Failure(kind=FailureKind.AUTH, message="key refused")
        return answered(trial, "" if int(utterance.id[1:]) % 20 == 0 else utterance.text)

    return run_data(tmp_path / "lone", answer)


def empty_only(tmp_path: Path) -> RunData:
    def answer(utterance, trial):
        return answered(trial, "" if int(utterance.id[1:]) % 20 == 0 else utterance.text)

    return run_data(tmp_path / "empty", answer)


def early(tmp_path: Path) -> RunData:
    """Text is complete before speech ends, and the best engine loses the end of a stream."""

    def answer(utterance, trial):
        if utterance.id == "u000":
            return streamed(utterance.text, final=utterance.text.rsplit(" ", 4)[0])
        return streamed(utterance.text, after_s=-0.4)

    return run_data(tmp_path / "early", answer, engines=ENGINES[:1], modes=["stream"])


def paced(tmp_path: Path) -> RunData:
    """Streams sent faster than real time have no latency."""

    def answer(utterance, trial):
        transcript = two_engines(utterance, trial)
        return replace(transcript, timing=replace(transcript.timing, speed=4.0))

    return run_data(tmp_path / "paced", answer, engines=ENGINES[:1], modes=["stream"], stream={"speed": 4})


def _in(language: str, text: str, first: int, speakers: int = 9, each: int = 2):
    return [
        replace(u, id=f"u{first}{u.id[1:]}", language=language, cluster=f"{language}-{u.cluster}")
        for u in utterances(speakers, each, text)
    ]


def _english_and_hindi():
    return [*utterances(9, 4), *_in("hi", "यह हमारा नया घर है", 2)]


def one_engine_languages(tmp_path: Path) -> RunData:
    """One engine in two languages, under noise, with a target."""
    own = {"engines": ENGINES[:1], "conditions": NOISY, "targets": [{"wer": "5%"}]}
    return run_data(tmp_path / "tongues", corpus=_english_and_hindi(), **own)


def tied_languages(tmp_path: Path) -> RunData:
    answer = _shares({"clean": 0.2})
    return run_data(tmp_path / "tied", answer, corpus=_english_and_hindi())


def silent_languages(tmp_path: Path) -> RunData:
    def answer(utterance, trial):
        return Failure(kind=FailureKind.AUTH, message="key refused")

    return run_data(tmp_path / "mute", answer, corpus=_english_and_hindi())


def invalid_languages(tmp_path: Path) -> RunData:
    def answer(utterance, trial):
        return streamed(with_wrong(utterance, {"anna": 0.1, "ravi": 0.4}[trial.engine_id]), late_s=0.5)

    return run_data(tmp_path / "late-tongues", answer, corpus=_english_and_hindi(), modes=["stream"])


def doubtful(tmp_path: Path) -> RunData:
    """Drafted references, answers in another script, an order that hangs on the text rules, a plan cut short, no table
    of numbers, a second opinion that differs, recordings without speakers."""
    spoken = [
        *_in("hi", "यह हमारा नया घर है", 1),
        *_in("yo", "mo fẹ́ jẹun báyìí", 2),
        *_in("az", "mən bu gün evdə qaldım", 3),
        *(replace(u, cluster=None) for u in _in("en", "alpha bravo charlie", 4)),
    ]

    def answer(utterance, trial):
        if utterance.language == "hi" and trial.engine_id == "ravi":
            return answered(trial, "yah hamara naya ghar hai")
        return two_engines(utterance, trial)

    data = run_data(tmp_path / "doubtful", answer, corpus=spoken)
    drafted = {
        name: replace(manifest, header=replace(manifest.header, draft_engine="anna", synthetic=False))
        for name, manifest in data.manifests.items()
    }
    flip = RankingFlip(system_a="anna", system_b="ravi", a_better_under="earwitness", b_better_under="verbatim")
    flipped = Sensitivity(group={}, counts={}, rankings={}, ranking_flips=(flip,), utterance_flips=())
    cut = Replan(at="2026-11-29T10:00:00+00:00", kept=1, added=0, left_out=12, answered_left_out=2)
    return replace(
        data,
        manifests=drafted,
        sensitivity=(flipped,),
        second_opinion=SecondOpinion(tool="jiwer 4.0.0", checked=50, equal=49, differing=("t1",)),
        spec=replace(data.spec, replans=(cut,)),
    )


def small_narrow(tmp_path: Path) -> RunData:
    """Two speakers under both ways of 8 kHz."""
    own = {"engines": ENGINES[:1], "conditions": NARROW, "contrasts": CONTRAST, "corpus": utterances(2, 4)}
    return run_data(tmp_path / "small-narrow", _shares({"clean": 0.2, "phone": 0.2, "phone-16k": 0.9}), **own)


def three_close(tmp_path: Path) -> RunData:
    """Three engines that err as often in other places."""

    def answer(utterance, trial):
        return answered(trial, with_wrong(utterance, 0.4, first={"anna": 0, "ravi": 31, "zoe": 57}[trial.engine_id]))

    engines = [*ENGINES, {"id": "zoe", "engine": "pulse", "settings": {"language": "en", "chunk_bytes": 2048}}]
    return run_data(tmp_path / "close-three", answer, engines=engines)


def untimed(tmp_path: Path) -> RunData:
    """Answers that came without their times."""

    def answer(utterance, trial):
        return Transcript(recognised=Recognised(text=utterance.text), timing=Timing())

    return run_data(tmp_path / "untimed", answer, engines=ENGINES[:1])


def nothing_yet(tmp_path: Path) -> RunData:
    """Nothing was asked yet."""
    return run_data(tmp_path / "nothing", missing=240)


def fewer_in_batch(tmp_path: Path) -> RunData:
    """All were streamed, and half were sent in batch."""
    data = run_data(tmp_path / "fewer", modes=["batch", "stream"])
    kept = [row.cell.mode == "stream" or int(row.utterance_id[-3:]) < 60 for row in data.rows]
    return replace(data, rows=data.rows.taken(np.array(kept)))


def in_parts(tmp_path: Path) -> RunData:
    """References of some recordings are complete in parts only."""
    spoken = [replace(u, scored_s=((0.2, 1.0),)) if k < 30 else u for k, u in enumerate(utterances())]
    return run_data(tmp_path / "parts", corpus=spoken)


def _manifest(path: Path, name: str, spoken) -> str:
    own = [replace(u, corpus=name, speech_start_s=0.2, speech_end_s=1.9) for u in spoken]
    write_manifest(path / f"{name}.jsonl", Header(name=name, licence="CC0-1.0", source="tests", synthetic=True), own)
    return str(path / f"{name}.jsonl")


def _corpora(tmp_path: Path, folder: str, shares, **spoken) -> RunData:
    """A run over several corpora; `shares`: of errors by engine and corpus."""

    def answer(utterance, trial):
        share = shares[trial.engine_id, utterance.corpus]
        return answered(trial, with_wrong(utterance, share, first=7 * len(trial.engine_id + utterance.corpus)))

    corpora = [_manifest(tmp_path, name, own) for name, own in spoken.items()]
    return run_data(tmp_path / folder, answer, corpora=corpora)


def two_corpora(tmp_path: Path) -> RunData:
    """Two corpora of one language: in one nobody is ahead, in the other too few speakers show it."""
    shares = {("anna", "calls"): 0.2, ("ravi", "calls"): 0.2, ("anna", "visits"): 0.1, ("ravi", "visits"): 0.6}
    return _corpora(tmp_path, "corpora", shares, calls=utterances(9, 4), visits=utterances(3, 6))


def three_sets(tmp_path: Path) -> RunData:
    """Two corpora, one of them in two languages."""
    shares = {(engine, name): share for engine, share in (("anna", 0.1), ("ravi", 0.6)) for name in ("calls", "visits")}
    visits = [*utterances(9, 4), *_in("hi", "यह हमारा नया घर है", 2)]
    return _corpora(tmp_path, "sets", shares, calls=utterances(9, 4), visits=visits)


SELDOM = (
    better_narrow,
    unclear_costs,
    better_streamed,
    never_both,
    otherwise_on_pairs,
    some_empty,
    empty_only,
    early,
    paced,
    one_engine_languages,
    tied_languages,
    silent_languages,
    invalid_languages,
    doubtful,
    small_narrow,
    three_close,
    untimed,
    nothing_yet,
    fewer_in_batch,
    in_parts,
    two_corpora,
    three_sets,
)
