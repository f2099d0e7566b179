"""The answer of a run, in sentences made from its estimates: who is better, what each condition costs, how fast.

Every sentence carries how sure it is: a difference whose interval leaves out nought is said plainly, one whose interval
holds nought is "not told apart", and one without an interval is said to hold for these utterances only. Formats;
computes nothing.
"""

from __future__ import annotations

from bench.report.run.answers.conditions import asked_contrasts, condition_costs
from bench.report.run.answers.engines import silent, who_is_better
from bench.report.run.answers.failures import failures, in_another_script
from bench.report.run.answers.languages import several_languages
from bench.report.run.answers.latency import latency, real_time
from bench.report.run.answers.parts import first_mode, ranking
from bench.report.run.answers.targets import targets
from bench.report.run.data import RunData, Speech
from bench.report.sentences import Sentence

__all__ = ["answer", "answer_of"]


_NOTHING = Sentence(tone="bad", head="Nothing was answered yet", detail="no trial of this run has a result")


def answer(data: RunData) -> list[Sentence]:
    """The whole run's answer; of several languages together where it has several."""
    if not data.rows:
        return [_NOTHING]
    if len(data.speech) != 1:
        return [*targets(data), *several_languages(data), *_not_heard(data, None)]
    return answer_of(data, data.speech[0])


def answer_of(data: RunData, speech: Speech) -> list[Sentence]:
    """The answer for one corpus and language."""
    mode = first_mode(data, speech)
    if mode is None:
        return [_NOTHING]
    ranked = ranking(data, mode, speech)
    sentences: list[Sentence] = []
    if not ranked:
        sentences.append(silent(data, mode, speech))
    else:
        sentences.append(who_is_better(data, ranked))
        sentences += condition_costs(data, ranked[0])
        sentences += asked_contrasts(data, ranked[0])
        sentences += real_time(data, ranked[0])
        sentences += latency(data, ranked, speech)
    return [*targets(data, speech), *sentences, *_not_heard(data, speech)]


def _not_heard(data: RunData, speech: Speech | None) -> list[Sentence]:
    """What gave no words, or words that could not be right."""
    return [*failures(data, speech), *in_another_script(data, speech)]
