"""Words that pages use, each explained in a line. A page lists those that it needs. Pure."""

from __future__ import annotations

WORDS = {
    "word error rate (WER)": "words replaced, left out and added, for 100 words that were said",
    "points (pp)": "a difference of two percentages: 16.8 % is 9.9 points more than 6.9 %",
    "95 % interval": "where the number would lie for other speakers of the same kind, 95 times in 100",
    "not told apart": "the interval of the difference holds nought: more speech may or may not show one",
    "on the same utterances": "each utterance is compared with itself, so that easy speech favours nobody",
    "partial, final": "text on display while a stream goes on that may still change; text that will not",
    "median, 95 % within": "half of the values are below the median; 95 in 100 are below the 95th percentile",
    "INVALID": "the harness itself was late, so what it timed is not the engine's latency",
    "speaker, cluster": "what is taken to vary together: intervals are over speakers, not over words",
    "newly broken, newly fixed": "an utterance with more word errors in the second run, or with fewer",
    "p": "how often chance alone would make a difference as large, counted over all comparisons of the page",
    "possible places": "every place that the data do not rule out: engines whose places overlap are not told apart",
    "change of level": "from this run on the number stays elsewhere, by more than runs differ by chance",
    "noise": "how far neighbouring runs differ from each other without any change",
    "series": "runs on the same utterances, references and text rules; where one changed, a new series begins",
    "F1": "how much of what was there was found, and of what was found was there, in one number; 100 %: all of both",
    "SNR, dBFS": "how much louder speech is than noise, in dB; how far a level lies below the most a file can hold",
    "Holm, Benjamini-Hochberg": "ways to ask more of each difference where many are tested at once",
    "knee": "the highest load up to which the engine is about as fast as at the first, and does not fail",
    "sessions": "streams or requests that go on at the same time",
}


def words(*names: str) -> tuple[tuple[str, str], ...]:
    """Each word with what it means."""
    return tuple((name, WORDS[name]) for name in names)
