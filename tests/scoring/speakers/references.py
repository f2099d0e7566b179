"""What other programs say of a session: meeteval, pyannote.metrics, NIST's md-eval.

They are imported by what asks them, and not by every process that collects tests.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import warnings

from bench.scoring.speakers.turns import activity

MD_EVAL = shutil.which("sctk") is not None
"""Debian's sctk has md-eval.pl."""


logging.getLogger("preprocess").setLevel(logging.ERROR)  # a remark on every turn that is out of order


def lists(turns):
    from meeteval.io import SegLST

    return SegLST(
        [
            {
                "session_id": "s",
                "speaker": turn.speaker,
                "start_time": turn.start_s,
                "end_time": turn.end_s,
                "words": " ".join(turn.words),
            }
            for turn in turns
        ]
    )


def meeteval(reference, hypothesis, *, plain=False):
    """Errors by name."""
    from meeteval.wer import cp_word_error_rate, orc_word_error_rate, time_constrained_orc_wer
    from meeteval.wer.wer.time_constrained import tcp_word_error_rate

    reference, hypothesis = lists(reference), lists(hypothesis)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = {
            "cp": cp_word_error_rate(reference, hypothesis),
            "tcp": tcp_word_error_rate(reference, hypothesis, collar=5),
            "tcorc": time_constrained_orc_wer(reference, hypothesis, collar=5),
            **({"orc": orc_word_error_rate(reference, hypothesis)} if plain else {}),
        }
    return {name: next(iter(r.values())) if isinstance(r, dict) else r for name, r in results.items()}


def annotation(turns):
    from pyannote.core import Annotation, Segment

    made = Annotation()
    for speaker, spans in activity(turns).items():
        for start, end in spans:
            made[Segment(start, end), speaker] = speaker
    return made


def pyannote(reference, hypothesis, scored_s):
    """DER's parts in seconds, and JER (`None`: nobody speaks), of the parts that are scored."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

    uem = Timeline([Segment(*part) for part in scored_s])
    true, said = annotation(reference), annotation(hypothesis)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = DiarizationErrorRate().compute_components(true, said, uem=uem)
        jer = JaccardErrorRate()(true, said, uem=uem) if true.crop(uem) else None
    return *_seconds(parts), jer


def pyannote_forgiving(reference, hypothesis, scored_s):
    """DER's parts with 0.25 s left out around each boundary as written, and without overlap; its collars are whole."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    uem, true = Timeline([Segment(*part) for part in scored_s]), Annotation()
    for number, turn in enumerate(reference):
        if turn.end_s > turn.start_s:
            true[Segment(turn.start_s, turn.end_s), number] = turn.speaker
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rate = DiarizationErrorRate(collar=0.5, skip_overlap=True)
        return _seconds(rate.compute_components(true, annotation(hypothesis), uem=uem))


def _seconds(parts):
    return parts["missed detection"], parts["false alarm"], parts["confusion"], parts["total"]


def md_eval(sessions, folder):
    """(missed, false alarm, confusion, speaker time) of each session, in seconds, without a collar."""
    for name, side in (("ref", 0), ("hyp", 1)):
        lines = [
            f"SPEAKER f{k:05} 1 {start:.3f} {end - start:.3f} <NA> <NA> {speaker} <NA> <NA>"
            for k, pair in enumerate(sessions)
            for speaker, spans in activity(pair[side]).items()
            for start, end in spans
        ]
        (folder / f"{name}.rttm").write_text("\n".join(lines) + "\n", encoding="ascii")
    uem = [f"f{k:05} 1 0.000 {max(t.end_s for t in [*r, *h]):.3f}" for k, (r, h) in enumerate(sessions)]
    (folder / "all.uem").write_text("\n".join(uem) + "\n", encoding="ascii")
    command = ["sctk", "md-eval.pl", "-af", "-c", "0", "-r", "ref.rttm", "-s", "hyp.rttm", "-u", "all.uem"]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    found = {}
    for part in said.split("*** Performance analysis for Speaker Diarization for ")[1:]:
        session = re.match(r"f=f(\d+)", part)
        if session:
            names = ("MISSED SPEAKER", "FALARM SPEAKER", "SPEAKER ERROR", "SCORED SPEAKER")
            times = [re.search(rf"{name} TIME = +([\d.]+) secs", part) for name in names]
            found[int(session[1])] = tuple(float(time[1]) for time in times)
    return [found[k] for k in range(len(sessions))]
