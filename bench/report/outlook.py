"""A plan as a table: what it will take, what it can show, and what would make it show more."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from bench.execution.outlook import ModeOutlook, Outlook, outlook
from bench.execution.plan import Plan
from bench.report.phrases import plural, without_rules
from bench.stats.clusters import MIN_CLUSTERS

_LABEL = 12


def outlook_lines(plan: Plan, *, width: int) -> list[str]:
    """The table, line by line, at most `width` characters wide."""
    ahead = outlook(plan)
    rows = [
        (plan.config.name, _things(plan)),
        *((mode.mode, _of_mode(plan, mode)) for mode in ahead.modes),
        ("cost", _cost(plan, ahead)),
        ("speakers", _speakers(ahead)),
        ("can show", _power(ahead)),
        *(("text rules", sentence) for sentence in without_rules(u.language for u in plan.utterances.values())),
    ]
    return [line for label, text in rows for line in _row(label, text, width)]


def _row(label: str, text: str, width: int) -> Iterator[str]:
    if len(label) >= _LABEL:
        yield label
        label = ""
    for index, line in enumerate(wrap(text, max(30, width - _LABEL)) or [""]):
        yield f"{label if index == 0 else '':{_LABEL}}{line}"


def _things(plan: Plan) -> str:
    parts = (
        plural(len(plan.trials), "trial"),
        plural(len(plan.utterances), "utterance"),
        plural(len(plan.engines), "engine"),
        plural(len(plan.conditions), "condition"),
    )
    return f"{parts[0]}: {parts[1]}, {parts[2]}, {parts[3]}; {plan.audio_hours() * 60:.1f} min of audio"


def _of_mode(plan: Plan, mode: ModeOutlook) -> str:
    limit = f", which the requests per minute of {mode.limited_by} decide" if mode.limited_by else ""
    noun = "request" if mode.mode == "batch" else "stream"
    at_a_time = f"{mode.concurrency} at a time ({_why(plan, mode)})"
    return (
        f"{plural(mode.trials, noun)}, {mode.audio_s / 60:.1f} min of audio, "
        f"{at_a_time}: about {wall_time(mode.wall_s)}{limit}"
    )


def _why(plan: Plan, mode: ModeOutlook) -> str:
    if mode.concurrency != plan.width:
        return f"as {mode.mode}.concurrency says"
    return "what this machine's processors can do beside recognisers" if plan.is_local else "the default for services"


def _cost(plan: Plan, ahead: Outlook) -> str:
    budget = plan.config.budget
    limits = [
        *([f"{budget.max_requests} requests"] if budget.max_requests else []),
        *([f"{budget.max_audio_hours:g} h of audio"] if budget.max_audio_hours else []),
        *([f"{budget.max_cost:g} {plan.config.currency}"] if budget.max_cost else []),
    ]
    limit = f"; the budget ends at {', '.join(limits)}" if limits else ""
    if ahead.cost is not None and not ahead.priceless:
        return f"about {ahead.cost:.2f} {plan.config.currency}{limit}"
    if not ahead.priceless:
        return f"nothing: every engine runs on this machine{limit}"
    known = "" if ahead.cost is None else f"about {ahead.cost:.2f} {plan.config.currency}, and "
    return f"{known}unknown for {', '.join(ahead.priceless)}: set price_per_minute{limit}"


def _speakers(ahead: Outlook) -> str:
    known = f"{plural(ahead.speakers, 'speaker')} known"
    if not ahead.unknown_speakers:
        return known
    return (
        f"{known}; of {ahead.unknown_speakers} of {ahead.utterances} utterances nothing says who speaks: each counts "
        "as its own speaker, and intervals are too narrow if the same people speak in many. Say who: bench init "
        "--speaker-from, or speakers.csv"
    )


def _power(ahead: Outlook) -> str:
    counted = ahead.speakers + ahead.unknown_speakers
    if ahead.detectable is None and counted >= MIN_CLUSTERS:
        few = f"a few of them speak most of the words, so that {counted} count for fewer than {MIN_CLUSTERS}"
        return f"no interval over speakers: {few}. Add recordings of other people"
    if ahead.detectable is None:
        return f"no interval over speakers: fewer than {MIN_CLUSTERS}. Add recordings of other people"
    return (
        f"differences of about {100 * ahead.detectable:.1f} points of WER between engines ({ahead.words} words; if WER "
        "is 10 % and half the errors are shared). Twice as fine needs four times the words; `bench power` says it "
        "from two runs"
    )


def wall_time(seconds: float) -> str:
    """A wall time, to about its first two digits."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
