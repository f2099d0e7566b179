"""Names as people say them: languages, modes, metrics. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from bench.scoring.language_names import NAMES
from bench.scoring.text.normalize import data as language_data
from bench.scoring.timing.metrics import METRICS
from bench.types import Mode

MODE_NAMES: Mapping[Mode, str] = {"batch": "Batch", "stream": "Real time"}
LATENCY_NAMES: Mapping[Mode, str] = {
    "batch": "round trip of a request",
    "stream": "text complete after the end of speech",
}


def mode_name(mode: str) -> str:
    """`real time` for `stream`; what is no mode stays."""
    return {"batch": "batch", "stream": "real time"}.get(mode, mode)


@cache
def language_name(code: str) -> str:
    """`Hindi` for `hi`, `Amharic (am-ET)` for `am-ET`, with text rules or without; an unknown code as it is."""
    resolved = language_data.resolve(code)
    if resolved in {"und", "multi"} and code not in {"und", "multi"}:
        base = code.partition("-")[0].lower()
        known = NAMES.get(base)
        return code if known is None else known if base == code else f"{known} ({code})"
    name: str = language_data.rules(resolved).get("name", code)
    return name if resolved == code else f"{name} ({code})"


_RATES: Mapping[str, tuple[str, str]] = {
    "wer": ("word errors", "words replaced, left out and added, for 100 words that were said (WER)"),
    "cer": ("character errors", "the same in characters (CER)"),
    "wer.failures_deleted": (
        "word errors, failures as all words lost",
        "a failed trial counts as every word left out, so that failing is not the way to fewer errors",
    ),
    "failed_rate": ("failed", "the share of trials without an answer"),
    "empty_rate": ("empty", "the share of answers to speech that hold no word"),
    "batch_latency_s": ("round trip", "from sending a request to its whole answer"),
    "first_partial_latency_s": ("first text", "from the begin of speech to the first text on display"),
    "final_latency_s": ("complete after speech", "from the end of speech to the last final"),
}
_STATISTICS = {"p50": "median", "p90": "90 % within", "p95": "95 % within", "p99": "99 % within"}


_TIMED: Mapping[str, str] = {
    "first_text_latency_s": "first text, partial or final",
    "first_final_latency_s": "first final text",
    "audio_end_to_final_s": "last final after the audio ends",
    "end_to_last_final_s": "last final after the end was sent",
    "end_to_last_message_s": "last message after the end was sent",
    "rtf": "real-time factor",
    "connect_s": "setting up the connection",
    "segment_final_delay_p50_s": "final after its segment, median",
    "segment_final_delay_max_s": "final after its segment, slowest",
    "audio_to_text_lag_p50_s": "text behind the audio, median",
    "audio_to_text_lag_p95_s": "text behind the audio, 95 % within",
    "word_emission_partial_p50_s": "word on display after it was said, median",
    "word_emission_partial_p90_s": "word on display after it was said, 90 % within",
    "word_emission_final_p50_s": "word confirmed after it was said, median",
    "word_emission_final_p90_s": "word confirmed after it was said, 90 % within",
    "send_lag_p50_s": "harness late with a chunk, median",
    "send_lag_p99_s": "harness late with a chunk, 99 % within",
    "max_send_lag_s": "harness late with a chunk, most",
    "backpressure_s": "connection took no more audio",
    "pipecat_ttfs_s": "pipecat's TTFS",
    "coval_ttfs_s": "coval's TTFS",
    "coval_ttft_s": "coval's TTFT",
    "openbench_streaming_latency_s": "OpenBench's streaming latency",
    "openbench_confirmed_latency_s": "OpenBench's confirmed latency",
    "picovoice_word_emission_latency_s": "Picovoice's word emission latency",
    "upwr": "words revised, for each word (UPWR)",
    "upsr": "segments revised (UPSR)",
    "revisions": "results that revised a word",
    "flicker": "words that came back, for each word",
    "normalized_erasure": "words erased, for each word",
    "time_to_stable_word_s": "until a word stays",
    "partial_wer": "word errors on display",
    "tail_loss_words": "words after the last right one",
    "tail_lost": "streams that lost their end",
    "unconfirmed_words": "words that no final confirmed",
    "duplicate_finals": "finals repeated",
}
"""What is measured of time and of the display, where the name of its file is no phrase."""


def metric_name(metric: str) -> str:
    """`complete after speech (median)` for `final_latency_s.p50`."""
    base, _, statistic = metric.rpartition(".")
    if metric in _RATES or not base or statistic not in _STATISTICS:
        return _phrase(metric)
    return f"{_phrase(base)} ({_STATISTICS[statistic]})"


def _phrase(metric: str) -> str:
    return _RATES[metric][0] if metric in _RATES else _TIMED.get(metric) or _spelt(metric)


_ACRONYMS = {
    "wer": "word errors",
    "cer": "character errors",
    "der": "speaker time errors (DER)",
    "jer": "speaker overlap errors (JER)",
    "wder": "words of the wrong speaker (WDER)",
    "cpwer": "word errors by speaker (cpWER)",
    "tcpwer": "word errors by speaker and time (tcpWER)",
    "orcwer": "word errors, whoever speaks (ORC-WER)",
    "tcorcwer": "word errors by time, whoever speaks (tcORC-WER)",
    "f1": "F1",
    "ece": "calibration error (ECE)",
    "brier": "squared error of scores (Brier)",
    "rtf": "real-time factor",
}


def _spelt(metric: str) -> str:
    """A name of a file in words: `turn end delay, 95 % within` for `turn_end_delay_p95_s`."""
    parts = []
    for part in re.split(r"[.:]", metric.removesuffix("_s")):
        words = part.split("_")
        last = _STATISTICS.get(words[-1], "")
        spelt = " ".join(_ACRONYMS.get(word, word) for word in (words[:-1] if last else words))
        parts += [text for text in (spelt, last) if text]
    return ", ".join(parts)


def metric_meaning(metric: str) -> str:
    """What it is, in a line, with the name that files have for it."""
    base = metric if metric in _RATES else metric.rpartition(".")[0]
    known = METRICS.get(base)
    said = _RATES[base][1] if base in _RATES else "" if known is None else definition(known.definition)
    if not said:
        return metric
    return said if said.endswith(f"({metric.upper()})") else f"{said} ({metric})"


def definition(text: str) -> str:
    """The first paragraph of a definition, on one line, as plain text."""
    return " ".join(text.split("\n\n")[0].replace("`", "").split())
