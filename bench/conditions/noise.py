"""Steps that add noise at an SNR against the active speech level (ITU-T P.56). Pure."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.audio import Audio, Samples, resample
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.level import scaled
from bench.conditions.levels import active_level_db, db, power, speech_mask, within
from bench.conditions.params import parameter
from bench.errors import AudioError, Problem

COLORS = ("white", "pink", "brown")
WHERE = ("throughout", "gaps")
SPEECH_BAND_HZ = (50.0, 7000.0)
"""Where speech is told apart; wide-band telephony carries it."""
_LOWEST_HZ = 20.0
_RAMP_S = 0.005
_ONSET_S = 0.05
_CROSS_FADE_S = 0.05
_TALKER_DBFS = -26.0

SnrDb: TypeAlias = Annotated[
    float,
    parameter(
        "active speech level (P.56) over the noise's RMS where it sounds, both within a band", "dB", ge=-20, le=80
    ),
]
FromHz: TypeAlias = Annotated[
    float, parameter("the SNR is measured from here up; 0: no lower end", "Hz", ge=0, le=20000)
]
ToHz: TypeAlias = Annotated[
    float,
    parameter("and ends here, or at half the sample rate; from 0 to 200000: over everything", "Hz", ge=100, le=200000),
]
Placement: TypeAlias = Annotated[
    str,
    parameter("throughout, or only in the gaps between words (where P.56 finds no speech, if untimed)", choices=WHERE),
]
LeadIn: TypeAlias = Annotated[float, parameter("noise alone, added before the recording", "s", ge=0, le=60)]
LeadOut: TypeAlias = Annotated[float, parameter("noise alone, added after it", "s", ge=0, le=60)]


@step(
    example="noise: {snr_db: 10, color: pink}",
    source="SNR by ITU-T P.56 (12/2011) method B",
)
def noise(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    snr_db: SnrDb,
    color: Annotated[
        str, parameter("spectrum: flat, -3 dB or -6 dB per octave (from 20 Hz up)", choices=COLORS)
    ] = "white",
    where: Placement = "throughout",
    lead_in_s: LeadIn = 0.0,
    lead_out_s: LeadOut = 0.0,
    snr_from_hz: FromHz = SPEECH_BAND_HZ[0],
    snr_to_hz: ToHz = SPEECH_BAND_HZ[1],
) -> Conditioned:
    """Add stationary noise."""
    padded = _padded(audio, lead_in_s, lead_out_s)
    made = colored(rng, len(padded.samples), padded.sample_rate_hz, color)
    return mixed(
        audio, padded, made, context, snr_db=snr_db, band=(snr_from_hz, snr_to_hz), where=where, lead_in_s=lead_in_s
    )


def colored(rng: Generator, count: int, sample_rate_hz: int, color: str) -> Samples:
    """Gaussian noise of a color, unscaled; shape (count,)."""
    from scipy.fft import irfft, next_fast_len, rfft

    if color == "white":
        return rng.standard_normal(count, dtype=np.float32)
    size = next_fast_len(count, real=True)
    spectrum = rfft(rng.standard_normal(size, dtype=np.float32))
    frequencies = np.fft.rfftfreq(size, 1.0 / sample_rate_hz)
    slope = {"pink": -0.5, "brown": -1.0}[color]
    shape = np.where(frequencies < _LOWEST_HZ, 0.0, np.maximum(frequencies, _LOWEST_HZ) ** slope)
    samples: Samples = irfft(spectrum * shape.astype(np.float32), size)[:count].astype(np.float32)
    return samples


@step(
    example="noise_from: {path: noise/, snr_db: 10}",
    source="SNR by ITU-T P.56 (12/2011) method B; random start, looped with a cross-fade of 50 ms",
)
def noise_from(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    path: Annotated[str, parameter("folder or manifest of recordings, or one file; one is drawn per utterance")],
    snr_db: SnrDb,
    where: Placement = "throughout",
    lead_in_s: LeadIn = 0.0,
    lead_out_s: LeadOut = 0.0,
    snr_from_hz: FromHz = SPEECH_BAND_HZ[0],
    snr_to_hz: ToHz = SPEECH_BAND_HZ[1],
) -> Conditioned:
    """Add recorded noise."""
    if context.load is None or context.listing is None:
        raise AudioError(Problem("", f"a loader for the noise in {path}", "none"))
    names = context.listing(path)
    chosen = names[int(rng.integers(len(names)))]
    padded = _padded(audio, lead_in_s, lead_out_s)
    made = looped(rng, resample(context.load(chosen), audio.sample_rate_hz), len(padded.samples))
    return mixed(
        audio, padded, made, context, snr_db=snr_db, band=(snr_from_hz, snr_to_hz), where=where, lead_in_s=lead_in_s
    )


@step(
    example="babble: {snr_db: 12, talkers: 6}",
    source="SNR by ITU-T P.56 (12/2011) method B, each talker brought to the same active level first",
)
def babble(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    snr_db: SnrDb,
    talkers: Annotated[int, parameter("other speakers of the corpus, equally loud", "voices", ge=1, le=64)] = 6,
    where: Placement = "throughout",
    lead_in_s: LeadIn = 0.0,
    lead_out_s: LeadOut = 0.0,
    snr_from_hz: FromHz = SPEECH_BAND_HZ[0],
    snr_to_hz: ToHz = SPEECH_BAND_HZ[1],
) -> Conditioned:
    """Add the voices of other utterances of the corpus."""
    if context.load is None or not context.others:
        raise AudioError(Problem("", "other speakers in the corpus to make babble from", "none", "use noise_from"))
    padded = _padded(audio, lead_in_s, lead_out_s)
    picked = rng.choice(len(context.others), size=talkers, replace=talkers > len(context.others))
    made = np.zeros(len(padded.samples), dtype=np.float32)
    for index in picked:
        made += _voice(rng, context.load(context.others[int(index)]), padded)
    return mixed(
        audio, padded, made, context, snr_db=snr_db, band=(snr_from_hz, snr_to_hz), where=where, lead_in_s=lead_in_s
    )


def _voice(rng: Generator, recording: Audio, like: Audio) -> Samples:
    """A stretch of a recording, as long as `like`, at its rate, brought to the level all talkers have."""
    # Cut before resampling: a long recording is not worth resampling for a short stretch of it.
    count = math.ceil(like.duration_s * recording.sample_rate_hz) + 1
    stretch = resample(Audio(looped(rng, recording, count), recording.sample_rate_hz), like.sample_rate_hz)
    level = active_level_db(stretch.samples, stretch.sample_rate_hz)
    voice = stretch if level is None else scaled(stretch, _TALKER_DBFS - level)
    return voice.samples[: len(like.samples)]


def looped(rng: Generator, recording: Audio, count: int) -> Samples:
    """A recording from a random start, repeated with a cross-fade of equal power until long enough; shape (count,)."""
    samples = recording.samples
    fade = min(round(_CROSS_FADE_S * recording.sample_rate_hz), len(samples) // 2)
    if fade:
        ramp = np.sqrt(np.linspace(0.0, 1.0, fade, dtype=np.float32))
        # The end blends into the beginning, so the loop has no seam wherever it starts.
        head = samples[:fade] * ramp + samples[len(samples) - fade :] * ramp[::-1]
        samples = np.concatenate([head, samples[fade : len(samples) - fade]])
    return np.resize(np.roll(samples, -int(rng.integers(len(samples)))), count)


def _padded(audio: Audio, lead_in_s: float, lead_out_s: float) -> Audio:
    ends = (round(lead_in_s * audio.sample_rate_hz), round(lead_out_s * audio.sample_rate_hz))
    return audio if ends == (0, 0) else Audio(np.pad(audio.samples, ends), audio.sample_rate_hz)


def mixed(
    audio: Audio,
    padded: Audio,
    made: Samples,
    context: StepContext,
    *,
    snr_db: float,
    band: tuple[float, float],
    where: str,
    lead_in_s: float,
) -> Conditioned:
    """Speech plus noise scaled to the SNR, both measured within `band` (Hz). `made` has the length of `padded`.

    Outside the band lies what a recogniser hears little of: over everything, white noise of 10 dB would be 14 dB below
    8 kHz in a recording of 48 kHz, and 10 dB in one of 16 kHz.

    Raises:
        AudioError: if the recording has no speech to measure, or the noise is silent.
    """
    band = (band[0], min(band[1], audio.sample_rate_hz / 2))
    level = active_level_db(within(audio.samples, audio.sample_rate_hz, band), audio.sample_rate_hz)
    if level is None:
        raise AudioError(Problem("", "speech to set the noise against", "silence"))
    offset_s = round(lead_in_s * audio.sample_rate_hz) / audio.sample_rate_hz
    if where == "gaps":
        made = made * _gap_weights(padded, context, offset_s)
    sounding = made != 0.0
    loudness = power(within(made, audio.sample_rate_hz, band)[sounding])
    if loudness <= 0.0:
        raise AudioError(Problem("", f"noise to add ({where})", "none", "there is no gap or the noise is silent"))
    factor = np.float32(10.0 ** ((level - snr_db - db(loudness)) / 20.0))
    scaled = made * factor
    achieved = level - db(power(within(scaled, audio.sample_rate_hz, band)[sounding]))
    dose = {"snr_db": achieved, "snr_from_hz": band[0], "snr_to_hz": band[1], "speech_level_dbfs": level}
    if len(padded.samples) != len(audio.samples):
        dose["speech_offset_s"] = offset_s
    return Conditioned(Audio(padded.samples + scaled, audio.sample_rate_hz), dose)


def _gap_weights(padded: Audio, context: StepContext, offset_s: float) -> NDArray[np.float32]:
    """1 between words, 0 in them, with 5 ms ramps inside the gaps; shape (n,)."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    rate = padded.sample_rate_hz
    times = [moment for word in context.words for moment in (word.start_s, word.end_s)]
    places = [max(0, round((moment + offset_s) * rate)) for moment in times if moment is not None]
    ramp = max(1, round(_RAMP_S * rate))
    # The envelope of P.56 rises after the speech does: without times, keep clear of the onsets too.
    spoken, clear = speech_mask(padded.samples, rate), round(_ONSET_S * rate)
    if times and len(places) == len(times):
        spoken, clear = np.zeros(len(padded.samples), dtype=np.bool_), ramp
        for start, end in zip(places[::2], places[1::2], strict=True):
            spoken[start:end] = True
    kept_clear = maximum_filter1d(spoken.astype(np.float32), 2 * clear + 1, mode="constant")
    weights: NDArray[np.float32] = uniform_filter1d(1.0 - kept_clear, ramp)
    weights[np.abs(weights) < 1e-4] = 0.0  # what rounding in the running mean leaves where speech is
    return weights
