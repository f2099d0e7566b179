"""Latency metrics, from the event log alone: each names its zero point, unit and source.

Values are seconds on the live clock unless said otherwise, negative ones are kept, and what a protocol or a setting
makes meaningless is `None` with a reason. Pure: no files, sockets, clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.scoring.timing.display import final_times, matches, words_of
from bench.scoring.timing.log import Log, Unavailable, once_a_log
from bench.scoring.timing.metric import MetricTable
from bench.scoring.timing.peers import PEER_METRICS
from bench.stats.ranks import nearest_rank
from bench.types import Event

METRICS = MetricTable()
_metric = METRICS.add

_FASTEMIT = "word emission as in FastEmit, arXiv 2010.11148 (its PR50, PR90)"


def percentile(values: Sequence[float], level: float) -> float:
    """The nearest-rank percentile (0 < level <= 1): always a value that occurred.

    Raises:
        Unavailable: for no values.
    """
    if not values:
        raise Unavailable("there is nothing to take a percentile of")
    return sorted(values)[nearest_rank(len(values), level)]


@_metric("first_text_latency_s", unit="s", zero="speech onset")
def first_text_latency(log: Log) -> float:
    """First partial or final that holds text, after speech onset."""
    log.need_real_time()
    return log.first(log.texts, "partial or final").t_s - log.onset_s


@_metric("first_partial_latency_s", unit="s", zero="speech onset", headline=True)
def first_partial_latency(log: Log) -> float:
    """First partial that holds text, after speech onset."""
    log.need_real_time()
    return log.first(log.partials, "partial").t_s - log.onset_s


@_metric("first_final_latency_s", unit="s", zero="speech onset", headline=True)
def first_final_latency(log: Log) -> float:
    """First final that holds text, after speech onset."""
    log.need_real_time()
    return log.first(log.finals, "final").t_s - log.onset_s


@_metric("final_latency_s", unit="s", zero="end of speech", headline=True, version=3)
def final_latency(log: Log) -> float:
    """Last final that holds text, after the end of speech: how long until the transcript was complete.

    Not of a transcript that never was complete: where the end of what was said has nothing in its place there is no
    value (`tail_lost` says how often). Negative where the whole text came before the end of speech.
    """
    log.need_real_time()
    value = log.last(log.finals, "final").t_s - log.end_of_speech_s
    if lost := log.lost_tail:
        of_all = len(words_of(log.utterance.text))
        raise Unavailable(f"the stream lost its tail: nothing in place of the last {lost} of {of_all} words")
    return value


@_metric("audio_end_to_final_s", unit="s", zero="end of the audio")
def audio_end_to_final(log: Log) -> float:
    """Last final that holds text, after the end of the audio."""
    log.need_real_time()
    return log.last(log.finals, "final").t_s - log.audio_end_s


@_metric("end_to_last_final_s", unit="s", zero="the message that ends the stream was sent")
def end_to_last_final(log: Log) -> float:
    """Last final that holds text, after `close_stream` or its equivalent. Negative: the flush brought no text."""
    log.need_real_time()
    return log.last(log.finals, "final").t_s - log.end_sent_s


@_metric("end_to_last_message_s", unit="s", zero="the message that ends the stream was sent", headline=True)
def end_to_last_message(log: Log) -> float:
    """Last message that counts, after `close_stream` or its equivalent."""
    log.need_real_time()
    return log.timing.done_s - log.end_sent_s


@_metric("batch_latency_s", unit="s", zero="the request was started", modes=("batch",), headline=True, version=2)
def batch_latency(log: Log) -> float:
    """Round trip of a batch request: from its start to the last byte of the response, upload included.

    Without the set-up of a connection, which only the first request on each needs (`connect_s`).
    """
    log.need_batch()
    return log.timing.done_s - (log.timing.connect_s or 0.0)


@_metric("rtf", unit="ratio", zero="the request was started", modes=("batch",), headline=True, version=3)
def real_time_factor(log: Log) -> float:
    """Processing seconds per second of the audio as sent (`rtfx` is its inverse). Batch only."""
    return batch_latency(log) / log.audio_end_s


@_metric("connect_s", unit="s", zero="the connection was begun", modes=("batch", "stream"))
def connect(log: Log) -> float:
    """Set-up of the connection: DNS, TCP, TLS, upgrade. In no other metric."""
    if log.timing.connect_s is None:
        raise Unavailable("an open connection was used, or there is none")
    return log.timing.connect_s


@_metric("segment_final_delay_p50_s", unit="s", zero="end of the segment, as the engine says")
def segment_final_delay_p50(log: Log) -> float:
    """Median over segments: the final's arrival, after the end of what it covers."""
    return percentile(_behind(log, log.finals), 0.5)


@_metric("segment_final_delay_max_s", unit="s", zero="end of the segment, as the engine says")
def segment_final_delay_max(log: Log) -> float:
    """The slowest segment's final, after the end of what it covers."""
    return percentile(_behind(log, log.finals), 1.0)


@_metric("audio_to_text_lag_p50_s", unit="s", zero="end of the last word shown, as the engine says")
def audio_to_text_lag_p50(log: Log) -> float:
    """Median over all results with text: how far the text is behind the audio. Grows where an engine falls behind."""
    return percentile(_behind(log, log.texts), 0.5)


@_metric("audio_to_text_lag_p95_s", unit="s", zero="end of the last word shown, as the engine says")
def audio_to_text_lag_p95(log: Log) -> float:
    """95th percentile over all results with text of how far the text is behind the audio."""
    return percentile(_behind(log, log.texts), 0.95)


def audio_to_text_lags(log: Log) -> list[tuple[float, float]]:
    """(arrival, lag) of every result with text and an end time: the lag over the stream, for a figure."""
    log.need_real_time()
    return [(event.t_s, event.t_s - event.end_s) for event in log.texts if event.end_s is not None]


def _behind(log: Log, events: Sequence[Event]) -> list[float]:
    log.need_real_time()
    lags = [event.t_s - event.end_s for event in events if event.end_s is not None]
    if not lags:
        raise Unavailable("the engine does not say which audio its results cover")
    return lags


@_metric(
    "word_emission_partial_p50_s", unit="s", zero="end of the spoken word", source=_FASTEMIT, needs_word_times=True
)
def word_emission_partial_p50(log: Log) -> float:
    """Median over recognised words: when the word first appeared to stay, partials included."""
    return percentile(_partial_emissions(log), 0.5)


@_metric(
    "word_emission_partial_p90_s", unit="s", zero="end of the spoken word", source=_FASTEMIT, needs_word_times=True
)
def word_emission_partial_p90(log: Log) -> float:
    """90th percentile over recognised words: when the word first appeared to stay, partials included."""
    return percentile(_partial_emissions(log), 0.9)


@_metric("word_emission_final_p50_s", unit="s", zero="end of the spoken word", source=_FASTEMIT, needs_word_times=True)
def word_emission_final_p50(log: Log) -> float:
    """Median over recognised words: when the word was confirmed by a final."""
    return percentile(_final_emissions(log), 0.5)


@_metric("word_emission_final_p90_s", unit="s", zero="end of the spoken word", source=_FASTEMIT, needs_word_times=True)
def word_emission_final_p90(log: Log) -> float:
    """90th percentile over recognised words: when the word was confirmed by a final."""
    return percentile(_final_emissions(log), 0.9)


@once_a_log
def _partial_emissions(log: Log) -> list[float]:
    return _emissions(log, lambda log: log.stable_at_s)


@once_a_log
def _final_emissions(log: Log) -> list[float]:
    return _emissions(log, lambda log: final_times(log.displays))


def _emissions(log: Log, times_of: Callable[[Log], list[float]]) -> list[float]:
    """For each reference word that has a time and was recognised: when it was shown, minus the end of the spoken word.

    Raises:
        Unavailable: if the reference has no word times, or none of the words that have one was recognised.
    """
    log.need_real_time()
    log.first(log.finals, "final")
    shown_at = times_of(log)
    reference = [(text, end) for spoken, end in log.word_ends for text in words_of(spoken)]
    pairs = matches([text for text, _ in reference], log.displays[-1].committed)
    delays = [shown_at[there] - end for here, there in pairs if (end := reference[here][1]) is not None]
    if not delays:
        raise Unavailable("no word of the reference was recognised" + (" that has a time" if pairs else ""))
    return delays


@_metric("send_lag_p50_s", unit="s", zero="the chunk was due")
def send_lag_p50(log: Log) -> float:
    """Median lateness of the harness itself in handing chunks to the socket."""
    return percentile(send_lags(log), 0.5)


@_metric("send_lag_p99_s", unit="s", zero="the chunk was due")
def send_lag_p99(log: Log) -> float:
    """99th percentile of the harness's own lateness."""
    return percentile(send_lags(log), 0.99)


@_metric("max_send_lag_s", unit="s", zero="the chunk was due")
def max_send_lag(log: Log) -> float:
    """Largest lateness of the harness itself."""
    log.need_stream()
    return max(send_lags(log)) if log.timing.ready_s else log.timing.max_send_lag_s


@_metric("backpressure_s", unit="s", zero="none: a duration")
def backpressure(log: Log) -> float:
    """Time for which the socket would not take more audio."""
    log.need_stream()
    return log.timing.backpressure_s


@once_a_log
def send_lags(log: Log) -> list[float]:
    """Seconds by which each chunk was handed over late, in order; what waited for a connection was due when it was up.

    Raises:
        Unavailable: for a batch call, or a log without chunk times.
    """
    log.need_stream()
    timing = log.timing
    if timing.chunk_s is None or not timing.chunk_sent_s:
        raise Unavailable("the log holds no chunk times")
    *lags, last = timing.send_lags()
    if timing.audio_s is None:  # the last chunk may be short; where the audio's end is a guess, it is bounded by it
        last = replace(timing, audio_s=min(len(timing.chunk_sent_s) * timing.chunk_s, log.audio_end_s)).send_lags()[-1]
    return [*lags, last]


METRICS.update(PEER_METRICS)
