"""Scored runs of every kind that a page must speak of truly: clear, too small, invalid, failed, several languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.report.run.data import RunData, read
from bench.store import RunFolder
from bench.types import Event, Failure, FailureKind, Recognised, Timing, Transcript
from tests.runs import make_run, said, utterances

CHUNK_S = 0.1
AUDIO_S = 2.0
ENGINES = [
    {"id": "anna", "engine": "pulse", "settings": {"language": "en"}},
    {"id": "ravi", "engine": "pulse", "settings": {"language": "en", "chunk_bytes": 8192}},
]
NOISY = ["clean", {"id": "noise", "steps": [{"noise": {"color": "white", "snr_db": 10}}]}]
NARROW = [
    "clean",
    {"id": "phone", "steps": [{"resample": {"to": 8000}}]},
    {"id": "phone-16k", "steps": [{"resample": {"to": 8000}}, {"resample": {"to": 16000}}]},
]


def streamed(text: str, *, after_s: float = 0.3, late_s: float = 0.0, final: str | None = None) -> Transcript:
    """A stream whose final comes so long after the audio; chunks are handed over `late_s` late.

    `final`: what the final says, where the last words never came in it.
    """
    chunks = round(AUDIO_S / CHUNK_S)
    sent = tuple((k + 1) * CHUNK_S + late_s for k in range(chunks))
    end_s = AUDIO_S + after_s
    words = text if final is None else final
    timing = Timing(
        first_sent_s=sent[0],
        last_sent_s=sent[-1],
        end_sent_s=sent[-1],
        done_s=end_s,
        audio_s=AUDIO_S,
        chunk_s=CHUNK_S,
        chunk_sent_s=sent,
        max_send_lag_s=late_s,
    )
    events = (
        Event(t_s=0.5, kind="partial", text=" ".join(words.split()[:2]), audio_sent_s=0.5),
        Event(t_s=end_s, kind="final", text=words, audio_sent_s=AUDIO_S, is_last=True),
    )
    return Transcript(recognised=Recognised(text=words), timing=timing, events=events)


def with_wrong(utterance, share, *, first=0):
    """The text with its first words replaced, in about that share of utterances."""
    words = utterance.text.split()
    index = int(utterance.id[1:])
    if (index * 37 + first) % 100 < 100 * share:
        words[0] = "other"
    return " ".join(words)


def answered(trial, text):
    """A batch or a stream answer, by the trial's mode."""
    return said(text) if trial.mode == "batch" else streamed(text)


def two_engines(utterance, trial):
    """Anna errs in a tenth of utterances, ravi in most, noise makes both worse."""
    share = {"anna": 0.1, "ravi": 0.8}[trial.engine_id] + (0.15 if trial.condition_id == "noise" else 0.0)
    return answered(trial, with_wrong(utterance, share, first=len(trial.engine_id)))


def run_data(folder: Path, answer=two_engines, *, corpus=None, **changes) -> RunData:
    """A run made and read; speech goes on from 0.2 to 1.9 s of every recording."""
    spoken = [replace(u, speech_start_s=0.2, speech_end_s=1.9) for u in corpus or utterances()]
    return read(RunFolder(make_run(folder, answer, corpus=spoken, **{"engines": ENGINES, **changes})))


def clear(tmp_path: Path) -> RunData:
    """Two engines far apart, over twelve speakers, in both modes, with noise."""
    return run_data(tmp_path / "clear", conditions=NOISY, modes=["batch", "stream"])


def close(tmp_path: Path) -> RunData:
    """Two engines that are not told apart."""

    def answer(utterance, trial):
        return answered(trial, with_wrong(utterance, {"anna": 0.4, "ravi": 0.43}[trial.engine_id]))

    return run_data(tmp_path / "close", answer, conditions=NOISY)


def too_small(tmp_path: Path) -> RunData:
    """Two speakers."""
    return run_data(tmp_path / "small", conditions=NOISY, corpus=utterances(2, 4), modes=["batch", "stream"])


def one_engine(tmp_path: Path) -> RunData:
    return run_data(tmp_path / "one", engines=ENGINES[:1], conditions=NARROW, contrasts=CONTRAST)


CONTRAST = [{"name": "8 kHz - 16 kHz", "of": {"condition": "phone"}, "minus": {"condition": "phone-16k"}}]


def invalid(tmp_path: Path) -> RunData:
    """The harness handed every chunk over half a second late."""

    def answer(utterance, trial):
        text = with_wrong(utterance, 0.1)
        return said(text) if trial.mode == "batch" else streamed(text, late_s=0.5)

    return run_data(tmp_path / "invalid", answer, modes=["batch", "stream"])


def failing(tmp_path: Path) -> RunData:
    """Anna makes fewer errors, and fails so often that ravi is ahead when failures count."""

    def answer(utterance, trial):
        if trial.engine_id == "anna" and int(utterance.id[1:]) % 2:
            return Failure(kind=FailureKind.TIMEOUT, message="no answer within 10 s <b>&")
        share = {"anna": 0.1, "ravi": 0.4}[trial.engine_id]
        return answered(trial, "" if utterance.id == "u004" else with_wrong(utterance, share))

    return run_data(tmp_path / "failing", answer)


def silent(tmp_path: Path) -> RunData:
    """Nobody answers."""
    return run_data(tmp_path / "silent", lambda *_: Failure(kind=FailureKind.AUTH, message="key refused"))


def unfinished(tmp_path: Path) -> RunData:
    return run_data(tmp_path / "unfinished", missing=40)


def nameless(tmp_path: Path) -> RunData:
    """No recording names its speaker."""
    return run_data(tmp_path / "nameless", corpus=[replace(u, cluster=None) for u in utterances(5, 6)])


def lost_ends(tmp_path: Path) -> RunData:
    """Ravi's streams come early without their last words in every third utterance."""

    def answer(utterance, trial):
        text = with_wrong(utterance, 0.1)
        lost = trial.engine_id == "ravi" and int(utterance.id[1:]) % 3 == 0
        return streamed(text, after_s=-0.9, final=text.rsplit(" ", 4)[0]) if lost else streamed(text)

    return run_data(tmp_path / "lost", answer, modes=["stream"])


def languages(tmp_path: Path) -> RunData:
    """English, Hindi and a language without rules, the last two with few utterances."""
    english, hindi, other = utterances(), utterances(3, 4, "एक दो तीन चार पाँच"), utterances(9, 2, "uno doi tri quatru")
    spoken = [
        *english,
        *(replace(u, id=f"u2{u.id[1:]}", language="hi") for u in hindi),
        *(replace(u, id=f"u3{u.id[1:]}", language="rm") for u in other),
    ]

    def answer(utterance, trial):
        worse = {"anna": 0.1, "ravi": 0.5} if utterance.language != "hi" else {"anna": 0.6, "ravi": 0.2}
        return answered(trial, with_wrong(utterance, worse[trial.engine_id]))

    return run_data(tmp_path / "languages", answer, corpus=spoken, modes=["batch", "stream"])


SCRIPTS = {
    "hi": ("मेरा नाम राम है और मैं दिल्ली में रहता हूँ", "میرا نام رام ہے اور میں دہلی میں رہتا ہوں"),
    "hy": ("Ես ապրում եմ Երևանում և խոսում եմ հայերեն", "Yes aprum em Yerevanum yev khosum em hayeren"),
    "ka": ("მე ვცხოვრობ თბილისში და ვლაპარაკობ ქართულად", "me vtskhovrob tbilisshi da vlaparakob kartulad"),
    "kk": ("Мен Алматыда тұрамын және қазақша сөйлеймін", "Men Almatyda tūramyn jäne qazaqşa söileimın"),
    "pa": ("ਮੈਂ ਅੰਮ੍ਰਿਤਸਰ ਵਿੱਚ ਰਹਿੰਦਾ ਹਾਂ", "میں امرتسر وچ رہندا ہاں"),
    "sr": ("Живим у Београду и говорим српски", "Živim u Beogradu i govorim srpski"),
    "uz": ("Men Toshkentda yashayman va oʻzbekcha gapiraman", "Мен Тошкентда яшайман ва ўзбекча гапираман"),
    "zh": ("我們住在臺灣說國語", "我们住在台湾说国语"),
}
"""The same words in two scripts, by language."""


def other_script(tmp_path: Path) -> RunData:
    """Anna answers each language in the script that its references are not in, ravi in theirs with a word of Latin."""
    spoken = [
        replace(u, id=f"{language}{u.id[1:]}", language=language)
        for language, (text, _) in SCRIPTS.items()
        for u in utterances(9, 2, text)
    ]

    def answer(utterance, trial):
        text, elsewhere = SCRIPTS[utterance.language]
        return said(elsewhere if trial.engine_id == "anna" else f"{text} ok")

    return run_data(tmp_path / "script", answer, corpus=spoken)


def urdu_letters(tmp_path: Path) -> RunData:
    """Every Hindi answer of anna is in the letters of Urdu."""
    text, elsewhere = SCRIPTS["hi"]
    spoken = [replace(u, language="hi") for u in utterances(9, 2, text)]
    return run_data(
        tmp_path / "urdu", lambda _, trial: said(elsewhere if trial.engine_id == "anna" else text), corpus=spoken
    )


def with_targets(tmp_path: Path) -> RunData:
    """Targets that are met, missed, not shown and not measured."""
    asked = [
        {"wer": "5%"},
        {"wer": "1.2%"},
        {"final_latency_s.p95": "800ms"},
        {"failed_rate": "1%"},
        {"metric": "first_final_latency_s.p50", "ceiling": 1.0, "where": {"engine": "anna"}},
    ]
    return run_data(tmp_path / "targets", modes=["batch", "stream"], targets=asked)


def missed_by_lateness(tmp_path: Path) -> RunData:
    """A latency target in a run whose latency is the harness's own."""

    def answer(utterance, trial):
        return streamed(with_wrong(utterance, 0.1), late_s=0.5)

    return run_data(tmp_path / "late", answer, modes=["stream"], targets=[{"final_latency_s.p95": "800ms"}])


def part_streamed(tmp_path: Path) -> RunData:
    """Real time is slow: a few utterances are streamed, all are sent in batch."""
    return run_data(tmp_path / "part", modes=["batch", "stream"], stream={"limit": 24})


def doses(tmp_path: Path) -> RunData:
    """Three engines under falling SNR; real time makes more errors than batch; the last two are not told apart."""

    def answer(utterance, trial):
        dose = {"clean": 0.0, "noise-snr_db-20": 0.05, "noise-snr_db-0": 0.4}[trial.condition_id]
        share = {"anna": 0.1, "ravi": 0.5, "zoe": 0.52}[trial.engine_id] + dose + 0.2 * (trial.mode == "stream")
        return answered(trial, with_wrong(utterance, share, first=int(trial.engine_id == "zoe")))

    engines = [*ENGINES, {"id": "zoe", "engine": "pulse", "settings": {"language": "en", "chunk_bytes": 2048}}]
    conditions = ["clean", {"noise": {"snr_db": [20, 0]}}]
    return run_data(tmp_path / "doses", answer, engines=engines, conditions=conditions, modes=["batch", "stream"])


def slow_tail(tmp_path: Path) -> RunData:
    """One stream in two hundred is far slower than all others, and many lost their end."""

    def answer(utterance, trial):
        index = int(utterance.id[1:])
        if trial.engine_id == "ravi" and index % 2:
            return streamed(utterance.text, after_s=-0.9, final=utterance.text.rsplit(" ", 4)[0])
        return streamed(utterance.text, after_s=20.0 if index == 0 else 0.3 + index / 1000)

    return run_data(tmp_path / "slow", answer, corpus=utterances(12, 30), modes=["stream"])


KINDS = (
    *(
        clear,
        close,
        too_small,
        one_engine,
        invalid,
        failing,
        silent,
        unfinished,
        nameless,
        lost_ends,
        languages,
        other_script,
        urdu_letters,
        with_targets,
        missed_by_lateness,
        part_streamed,
        doses,
        slow_tail,
    ),
)
