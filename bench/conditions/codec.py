"""Steps that send the audio through a real encoder and decoder (PyAV: FFmpeg's; the extra `codecs`). Pure.

Each leaves the audio at the codec's own rate, in line with the input: the codec's delay, measured once per
setting by cross-correlation on a probe, is taken out. A tandem is two such steps in a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
from numpy.random import Generator

from bench import audio as audio_io
from bench.audio import Audio, Samples
from bench.conditions import g711 as companding
from bench.conditions import opus as opus_codec
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.opus import OPUS_RATES_HZ, av_module, pcm_frame
from bench.conditions.params import parameter

_MPEG_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_PROBE_S = 2.0
_LONGEST_DELAY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """An FFmpeg encoder and decoder, and the rates they take."""

    encoder: str
    decoder: str
    rates_hz: tuple[int, ...]
    sample_format: str = "s16"


_CODECS = {
    "g722": Codec(encoder="g722", decoder="g722", rates_hz=(16000,)),
    "g726": Codec(encoder="g726", decoder="g726", rates_hz=(8000,)),
    "amr_nb": Codec(encoder="libopencore_amrnb", decoder="amrnb", rates_hz=(8000,)),
    "opus": Codec(encoder="libopus", decoder="libopus", rates_hz=OPUS_RATES_HZ),
    "mp3": Codec(encoder="libmp3lame", decoder="mp3float", rates_hz=_MPEG_RATES_HZ, sample_format="fltp"),
    "aac": Codec(encoder="aac", decoder="aac", rates_hz=_MPEG_RATES_HZ, sample_format="fltp"),
}


@step(
    example="g711: {law: mulaw}",
    source="ITU-T G.711 (11/1988); 64 kbit/s at 8 kHz",
)
def g711(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    law: Annotated[
        str, parameter("companding: mu-law (North America, Japan) or A-law (elsewhere)", choices=("mulaw", "alaw"))
    ] = "mulaw",
) -> Conditioned:
    """Telephone line: 8 kHz, 8 bits a sample."""
    at_rate = audio_io.resample(audio, 8000)
    pcm = np.frombuffer(audio_io.to_pcm16(at_rate.samples), dtype="<i2")
    if law == "mulaw":
        heard = companding.mulaw_decode(companding.mulaw_encode(pcm))
    else:
        heard = companding.alaw_decode(companding.alaw_encode(pcm))
    return Conditioned(Audio(heard.astype(np.float32) / np.float32(32768), 8000), _clipping(at_rate))


@step(example="g722", source="ITU-T G.722 (09/2012); 64 kbit/s at 16 kHz", extra="codecs")
def g722(audio: Audio, context: StepContext, rng: Generator) -> Conditioned:
    """Wide-band telephony (many desk phones): 16 kHz sub-band ADPCM."""
    return through("g722", audio, 64.0)


@step(
    example="g726: {kbps: 32}",
    source="ITU-T G.726 (12/1990); 8 kHz",
    extra="codecs",
)
def g726(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    kbps: Annotated[int, parameter("bit rate", "kbit/s", choices=(16, 24, 32, 40))] = 32,
) -> Conditioned:
    """ADPCM telephony (DECT handsets at 32 kbit/s)."""
    return through("g726", audio, float(kbps))


@step(
    example="amr_nb: {kbps: 12.2}",
    source="3GPP TS 26.071 (AMR narrow band), opencore-amr; 8 kHz",
    extra="codecs",
)
def amr_nb(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    kbps: Annotated[
        float, parameter("bit rate", "kbit/s", choices=(4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2))
    ] = 12.2,
) -> Conditioned:
    """Mobile telephony: 8 kHz CELP."""
    return through("amr_nb", audio, kbps)


@step(
    example="opus: {kbps: 16}",
    source="RFC 6716, libopus, application voip, 20 ms frames",
    extra="codecs",
)
def opus(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    kbps: Annotated[float, parameter("bit rate", "kbit/s", ge=6, le=128)] = 24.0,
) -> Conditioned:
    """Internet telephony and browsers (WebRTC)."""
    return through("opus", audio, kbps)


@step(
    example="mp3: {kbps: 32}",
    source="ISO/IEC 11172-3 and 13818-3, LAME",
    extra="codecs",
)
def mp3(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    kbps: Annotated[float, parameter("bit rate; the encoder takes the nearest it has", "kbit/s", ge=8, le=320)] = 32.0,
) -> Conditioned:
    """Compressed recordings."""
    return through("mp3", audio, kbps)


@step(
    example="aac: {kbps: 32}",
    source="ISO/IEC 14496-3 (AAC-LC), FFmpeg's encoder",
    extra="codecs",
)
def aac(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    kbps: Annotated[float, parameter("bit rate", "kbit/s", ge=8, le=256)] = 32.0,
) -> Conditioned:
    """Compressed recordings and video sound."""
    return through("aac", audio, kbps)


def through(name: str, audio: Audio, kbps: float, lost: frozenset[int] = frozenset()) -> Conditioned:
    """Encode, decode, and take out the delay. `lost` packets (opus only) are concealed by the decoder.

    Raises:
        MissingExtraError: if PyAV is not installed.
    """
    rate = nearest_rate(_CODECS[name].rates_hz, audio.sample_rate_hz)
    at_rate = audio_io.resample(audio, rate)
    heard = _round_trip(name, at_rate, kbps, lost)
    aligned = _aligned(heard, _delay(name, rate, kbps), len(at_rate.samples))
    return Conditioned(Audio(aligned, rate), _clipping(at_rate))


def nearest_rate(rates_hz: tuple[int, ...], wanted_hz: int) -> int:
    """The lowest rate that loses nothing of the band, or the highest there is."""
    return min((rate for rate in rates_hz if rate >= wanted_hz), default=max(rates_hz))


def _clipping(audio: Audio) -> dict[str, float]:
    """Codecs take 16-bit samples: what lies beyond full scale is clipped on the way in."""
    return {"clipped_fraction": float(np.mean(np.abs(audio.samples) > 1.0))}


def _aligned(samples: Samples, delay: int, length: int) -> Samples:
    shifted = samples[delay:] if delay >= 0 else np.pad(samples, (-delay, 0))
    return np.pad(shifted, (0, max(0, length - len(shifted))))[:length].astype(np.float32)


def _round_trip(name: str, audio: Audio, kbps: float, lost: frozenset[int] = frozenset()) -> Samples:
    """Through encoder and decoder at the audio's rate, delay and all; longer than the input by the delay."""
    codec = _CODECS[name]
    # Silence after the end pushes the delayed last samples out of the codec.
    padded = Audio(np.pad(audio.samples, (0, round(_LONGEST_DELAY_S * audio.sample_rate_hz))), audio.sample_rate_hz)
    if name == "opus":
        coded, extradata = list(opus_codec.packets(padded, kbps)), None
        # A packet cut down to its first byte tells the decoder the frame's length and that it is to conceal it.
        coded = [packet[:1] if index in lost else packet for index, packet in enumerate(coded)]
    else:
        coded, extradata = _encode(codec, padded, kbps)
    options = {"bits_per_coded_sample": str(round(kbps / 8))} if name == "g726" else {}
    return _decode(codec, coded, extradata, audio.sample_rate_hz, options)


def _encode(codec: Codec, audio: Audio, kbps: float) -> tuple[list[bytes], bytes | None]:
    av = av_module(f"codec {codec.encoder}")
    encoder = av.CodecContext.create(codec.encoder, "w")
    encoder.sample_rate, encoder.layout, encoder.format = audio.sample_rate_hz, "mono", codec.sample_format
    encoder.bit_rate = round(kbps * 1000)
    encoder.open()
    fifo = av.AudioFifo()
    convert = av.AudioResampler(format=codec.sample_format, layout="mono", rate=audio.sample_rate_hz)
    for frame in convert.resample(pcm_frame(av, audio)):
        fifo.write(frame)
    coded: list[bytes] = []
    size = encoder.frame_size or len(audio.samples)
    while (frame := fifo.read(size, partial=True)) is not None:
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    return coded + [bytes(packet) for packet in encoder.encode(None)], encoder.extradata


def _decode(
    codec: Codec, coded: list[bytes], extradata: bytes | None, rate_hz: int, options: Mapping[str, str]
) -> Samples:
    av = av_module(f"codec {codec.decoder}")
    decoder = av.CodecContext.create(codec.decoder, "r")
    decoder.sample_rate, decoder.layout, decoder.options = rate_hz, "mono", dict(options)
    if extradata:
        decoder.extradata = extradata
    frames: list[Any] = []
    for packet in coded:
        frames += decoder.decode(av.Packet(packet))
    frames += decoder.decode(None)
    samples = np.concatenate([_as_float(frame.to_ndarray()[0]) for frame in frames])
    return audio_io.resample(Audio(samples, frames[0].sample_rate), rate_hz).samples


def _as_float(samples: Any) -> Samples:
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / np.float32(32768)
    return np.asarray(samples, dtype=np.float32)


@cache
def _delay(name: str, rate_hz: int, kbps: float) -> int:
    """Samples by which a codec delays a voice-like probe, by the peak of the cross-correlation."""
    probe = Audio(_probe(rate_hz), rate_hz)
    heard = _round_trip(name, probe, kbps)
    return delay_samples(probe.samples, heard, round(_LONGEST_DELAY_S * rate_hz))


def delay_samples(reference: Samples, delayed: Samples, longest: int) -> int:
    """The lag of the highest cross-correlation, within -longest..longest."""
    from scipy.signal import correlate, correlation_lags

    lags = correlation_lags(len(delayed), len(reference))
    near = np.abs(lags) <= longest
    return int(lags[near][np.argmax(correlate(delayed, reference, method="fft")[near])])


def _probe(rate_hz: int) -> Samples:
    """Pulses at uneven distances through three formants, so that no pitch period looks like another; shape (n,)."""
    from scipy.signal import sosfilt

    rng = np.random.default_rng(1)
    periods = rng.uniform(0.005, 0.012, size=round(_PROBE_S / 0.012))
    pulses = np.zeros(round(_PROBE_S * rate_hz))
    pulses[np.cumsum(np.rint(periods * rate_hz)).astype(np.int64)] = rng.uniform(0.5, 1.0, size=len(periods))
    for formant_hz in (500.0, 1500.0, 2500.0):
        radius, angle = np.exp(-np.pi * 100.0 / rate_hz), 2 * np.pi * formant_hz / rate_hz
        pulses = sosfilt([[1.0, 0.0, 0.0, 1.0, -2 * radius * np.cos(angle), radius**2]], pulses)
    return np.asarray(0.3 * pulses / np.abs(pulses).max(), dtype=np.float32)
