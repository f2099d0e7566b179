"""Who said what, tallied of one session: the words and times of an answer's speakers against the true ones. Pure.

Labels mean nothing beyond one session and are never joined across sessions. An answer's turns are its segments where
all of them name a speaker, else runs of words of one speaker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.scoring.speakers.diarization import (
    FORGIVING_COLLAR_S,
    Scored,
    diarization_errors,
    jaccard_errors,
    scored_part,
    windows,
)
from bench.scoring.speakers.turns import Turn, placed, within
from bench.scoring.speakers.wer import (
    COLLAR_S,
    MOST_STREAMS,
    MOST_WORDS,
    cp_edits,
    orc_edits,
    tcp_edits,
    timed_orc_edits,
)
from bench.scoring.tally import EACH, Heard, Reasons, Tallied, Tallies, add, mean_of_values, rate, share
from bench.scoring.text.align import align
from bench.types import Word

_PAUSE_S = 1.0
"""Words of one speaker that are further apart are two turns: nobody said that they spoke in between."""

_FAMILY, _TIMES = "speakers", "speaker times"
_ORC, _PLAIN_ORC = "speakers, whoever said it", "speakers, whoever said it and when"
_WINDOW_S, _LONG_S = 300.0, 600.0
"""Long recordings are cut by services, and labels may swap where they are."""
_DER = "NIST RT-09 evaluation plan"
MEASURES = (
    rate(
        "cpwer",
        _FAMILY,
        "word errors of each speaker's words under the best assignment of speakers, per reference word",
        "cp.errors",
        "cp.words",
        version=2,
        source="Watanabe et al., CHiME-6, 2020",
        fails_whole=True,
    ),
    rate(
        "tcpwer",
        _TIMES,
        f"cpwer where words are one only if said within {COLLAR_S:g} s of each other",
        "tcp.errors",
        "tcp.words",
        version=2,
        source="von Neumann et al., arXiv:2307.11394",
        fails_whole=True,
    ),
    rate(
        "tcorcwer",
        _ORC,
        "tcpwer whatever speaker the words were given to; tcpwer - tcorcwer is what diarization costs",
        "tcorc.errors",
        "tcorc.words",
        version=2,
        source="meeteval; von Neumann et al., arXiv:2307.11394",
    ),
    rate(
        "orcwer",
        _PLAIN_ORC,
        f"cpwer whatever voice the words were given to, up to {MOST_STREAMS} voices and {MOST_WORDS} words a session",
        "orc.errors",
        "orc.words",
        version=2,
        source="Sklyar et al., arXiv:2104.02109; meeteval",
    ),
    share(
        "wder",
        _FAMILY,
        "share of recognised words (right or substituted) that were given to the wrong speaker",
        "wder.wrong",
        "wder.words",
        version=2,
        source="Shafey et al., arXiv:1907.05337, equation 2",
        lower_is_better=True,
        fails_whole=True,
    ),
    rate(
        "der",
        _TIMES,
        "missed, false and confused speaker time per reference speaker time; no collar, overlap counted",
        ("der.missed_s", "der.false_s", "der.confused_s"),
        "der.speech_s",
        source=_DER,
        fails_whole=True,
    ),
    *(
        rate(
            f"der.{part}",
            _TIMES,
            f"{part} speaker time per reference speaker time",
            f"der.{part}_s",
            "der.speech_s",
            source=_DER,
            fails_whole=part == "confused",
        )
        for part in ("missed", "false", "confused")
    ),
    rate(
        "der.per_5_minutes",
        _TIMES,
        "der where every 5 minutes may have other labels; der - this is what labels that swap cost; of 10 minutes on",
        "der_window.errors_s",
        "der_window.speech_s",
        source=_DER,
    ),
    rate(
        f"der.minutes{EACH}",
        _TIMES,
        "der of minutes *, with the labels of the whole recording; of 10 minutes on",
        "der_minutes.*.errors_s",
        "der_minutes.*.speech_s",
        source=_DER,
    ),
    rate(
        "der.forgiving",
        _TIMES,
        f"der with {FORGIVING_COLLAR_S:g} s left out around each true boundary, overlap not counted",
        "der_forgiving.errors_s",
        "der_forgiving.speech_s",
        source=_DER,
        fails_whole=True,
    ),
    share(
        "jer",
        _TIMES,
        "Jaccard error rate: 1 - intersection over union of a true speaker and the one assigned, mean",
        "jer.sum",
        "jer.speakers",
        source="second DIHARD evaluation plan v1.1, 2019",
        lower_is_better=True,
    ),
    share(
        "speaker_count.exact",
        _FAMILY,
        "share of sessions in which as many speakers were found as there were",
        "speaker_count.exact",
        "speaker_count.sessions",
        version=2,
    ),
    rate(
        "speaker_count.error",
        _FAMILY,
        "speakers found too many or too few, per session",
        "speaker_count.absolute",
        "speaker_count.sessions",
        version=2,
        unit="speakers",
    ),
    Tallied(
        name="speaker_count.bias",
        family=_FAMILY,
        definition="speakers found less speakers there were, per session; below 0: speakers are merged",
        unit="speakers",
        prefix="speaker_count.signed:",
        statistic=mean_of_values,
        best=0.0,
        version=2,
    ),
)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference whose segments name their speakers."""
    segments = heard.utterance.segments
    if not segments or any(segment.speaker is None for segment in segments):
        return
    answered = list(_turns(heard))
    if not answered:
        why = "the answer names no speakers: turn them on (diarize), or the engine has none"
        reasons |= dict.fromkeys((_FAMILY, _TIMES, _ORC, _PLAIN_ORC), why)
        return
    true = list(_true_turns(heard))
    has_words = any(turn.words for turn in true)
    true_times = all(segment.start_s is not None and segment.end_s is not None for segment in segments)
    timed = true_times and any(turn.end_s > turn.start_s for turn in answered)
    if not timed:
        reasons |= dict.fromkeys((_TIMES, _ORC), "the reference's or the answer's turns have no times")
    if heard.utterance.scored_s:  # what is said elsewhere, no reference says
        if not timed:
            reasons |= dict.fromkeys((_FAMILY, _PLAIN_ORC), "a part of the recording is scored, and times are missing")
            return
        true, answered = within(true, _scored_s(heard)), within(answered, _scored_s(heard))
    if has_words:
        _tally_words(true, answered, tallies, reasons)
    _tally_count(true, answered, tallies)
    if timed:
        if has_words:
            _tally_timed_words(true, answered, tallies, reasons)
        _tally_activity(heard, true, answered, tallies)


def _true_turns(heard: Heard) -> Iterator[Turn]:
    segments = heard.utterance.segments
    for segment, span in zip(segments, placed((own.start_s, own.end_s) for own in segments), strict=True):
        start_s, end_s = map(heard.heard_s, span)
        words = tuple(heard.words(segment.text))
        yield Turn(speaker=segment.speaker or "", start_s=start_s, end_s=end_s, words=words)


def _turns(heard: Heard) -> Iterator[Turn]:
    said = heard.transcript.recognised
    spoken = [segment for segment in said.segments if segment.text.strip()]
    if spoken and all(segment.speaker is not None for segment in spoken):
        parts = [(segment.speaker or "", segment.text, segment.start_s, segment.end_s) for segment in spoken]
    elif any(word.speaker is not None for word in said.words or ()):
        parts = [_run(run) for run in _runs(said.words or ())]
    else:
        return
    spans = placed((start_s, end_s) for _, _, start_s, end_s in parts)
    for (speaker, text, _, _), (start_s, end_s) in zip(parts, spans, strict=True):
        yield Turn(speaker=speaker, start_s=start_s, end_s=end_s, words=tuple(heard.words(text)))


def _run(run: Sequence[Word]) -> tuple[str, str, float | None, float | None]:
    """Speaker, text, first start and last end of words in a row; `None`: none of them has any."""
    start_s = next((word.start_s for word in run if word.start_s is not None), None)
    end_s = max((word.end_s for word in run if word.end_s is not None), default=None)
    return run[0].speaker or "(none)", " ".join(word.text for word in run), start_s, end_s


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    for _, own in groupby(words, key=lambda word: word.speaker):
        run: list[Word] = []
        for word in own:
            last_s = run[-1].end_s if run else None
            if last_s is not None and word.start_s is not None and word.start_s - last_s > _PAUSE_S:
                yield run
                run = []
            run.append(word)
        yield run


def _scored_s(heard: Heard) -> list[tuple[float, float]]:
    """The parts of the audio in which the reference is complete, as heard."""
    parts = heard.utterance.scored_s or ((0.0, heard.utterance.duration_s),)
    return [(heard.heard_s(start_s), heard.heard_s(end_s)) for start_s, end_s in parts]


def _tally_words(true: Sequence[Turn], answered: Sequence[Turn], tallies: Tallies, reasons: Reasons) -> None:
    best = cp_edits(true, answered)
    tallies["cp.errors"], tallies["cp.words"] = best.counts.errors, best.counts.reference_length
    wrong, words = wrong_speakers(true, answered)
    tallies["wder.wrong"], tallies["wder.words"] = wrong, words
    _tally_orc("orc", _PLAIN_ORC, orc_edits(true, answered), tallies, reasons)


def _tally_orc(name: str, family: str, edits: tuple[int, int] | str, tallies: Tallies, reasons: Reasons) -> None:
    if isinstance(edits, str):
        reasons[family] = edits
    else:
        tallies[f"{name}.errors"], tallies[f"{name}.words"] = edits


def wrong_speakers(true: Sequence[Turn], answered: Sequence[Turn]) -> tuple[int, int]:
    """Recognised words (hits and substitutions) with the wrong speaker, and all; labels assigned so that fewest are."""
    spoken, heard = _labelled(true), _labelled(answered)
    pairs: Counter[tuple[str, str]] = Counter()
    for edit in align([word for word, _ in spoken], [word for word, _ in heard]):
        if edit.op in {"equal", "substitute"}:
            both = zip(spoken[edit.ref_start : edit.ref_end], heard[edit.hyp_start : edit.hyp_end], strict=True)
            pairs.update((speaker, label) for (_, speaker), (_, label) in both)
    if not pairs:
        return 0, 0
    rows, columns = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    common = np.array([[pairs[a, b] for b in columns] for a in rows])
    right = int(common[linear_sum_assignment(-common)].sum())
    return pairs.total() - right, pairs.total()


def _labelled(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    ordered = sorted(turns, key=lambda turn: turn.start_s)
    return [(word, turn.speaker) for turn in ordered for word in turn.words]


def _tally_count(true: Sequence[Turn], answered: Sequence[Turn], tallies: Tallies) -> None:
    there, answered_count = len({turn.speaker for turn in true}), len({turn.speaker for turn in answered})
    tallies["speaker_count.sessions"] = 1.0
    tallies["speaker_count.exact"] = float(there == answered_count)
    tallies["speaker_count.absolute"] = float(abs(answered_count - there))
    tallies[f"speaker_count.signed:{answered_count - there}"] = 1.0
    tallies[f"speaker_count:{there}>{answered_count}"] = 1.0


def _tally_timed_words(true: Sequence[Turn], answered: Sequence[Turn], tallies: Tallies, reasons: Reasons) -> None:
    counts = tcp_edits(true, answered).counts
    tallies["tcp.errors"], tallies["tcp.words"] = counts.errors, counts.reference_length
    _tally_orc("tcorc", _ORC, timed_orc_edits(true, answered), tallies, reasons)


def _tally_activity(heard: Heard, true: Sequence[Turn], answered: Sequence[Turn], tallies: Tallies) -> None:
    scored_s = _scored_s(heard)
    whole = scored_part(true, answered, scored_s=scored_s)
    errors = diarization_errors(whole)
    tallies["der.missed_s"], tallies["der.false_s"] = errors.missed_s, errors.false_alarm_s
    tallies["der.confused_s"], tallies["der.speech_s"] = errors.confused_s, errors.speech_s
    lenient = diarization_errors(
        scored_part(true, answered, collar_s=FORGIVING_COLLAR_S, skip_overlap=True, scored_s=scored_s)
    )
    tallies["der_forgiving.errors_s"] = lenient.missed_s + lenient.false_alarm_s + lenient.confused_s
    tallies["der_forgiving.speech_s"] = lenient.speech_s
    jaccard = jaccard_errors(whole)
    tallies["jer.sum"], tallies["jer.speakers"] = sum(jaccard.values()), float(len(jaccard))
    if heard.utterance.duration_s >= _LONG_S:
        _tally_windows(true, answered, scored_s, whole.pairs(), tallies)
    _tally_taken(whole, tallies)


def _tally_windows(
    true: Sequence[Turn],
    answered: Sequence[Turn],
    scored_s: Sequence[tuple[float, float]],
    pairs: Sequence[tuple[int, int]],
    tallies: Tallies,
) -> None:
    """Of every 5 minutes: with labels of their own, and with those of the whole."""
    for number, parts in enumerate(windows(scored_s, _WINDOW_S)):
        part = scored_part(true, answered, scored_s=parts)
        minutes = f"{5 * number:03}-{5 * number + 5:03}"
        for name, errors in (
            ("der_window", diarization_errors(part)),
            (f"der_minutes.{minutes}", diarization_errors(part, pairs)),
        ):
            add(tallies, f"{name}.errors_s", errors.missed_s + errors.false_alarm_s + errors.confused_s)
            add(tallies, f"{name}.speech_s", errors.speech_s)


def _tally_taken(part: Scored, tallies: Tallies) -> None:
    """Seconds in which each true speaker spoke and each label was said to: who was taken for whom.

    Both by their number in the order in which they first speak, since names are of one session.
    """
    for speaker, row in enumerate(part.in_common(), start=1):
        for label, seconds in enumerate(row, start=1):
            if seconds > 0:
                add(tallies, f"taken_s:{speaker}>{label}", float(seconds))
