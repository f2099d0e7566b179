"""The session of docs/walkthrough.md, command by command, as a person types it, in a folder outside the repository."""

import csv
import http.client
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench import audio

PAGE = Path(__file__).parents[2] / "docs" / "walkthrough.md"
BENCH = Path(sys.executable).parent / "bench"


def commands() -> list[list[str]]:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line) for line in block.splitlines()]


HOUR_S = 3600.0


def calls(folder: Path, *, spoken_s: float) -> None:
    """A folder as people have it: formats, rates, names, channels and transcripts of many kinds, and an hour's call.

    Args:
        folder: to be made.
        spoken_s: how much is said in the hour; the rest of it is the hum of a line on which somebody waits.
    """
    spec = find_spec("moonshine_voice")
    assert spec is not None
    assert spec.origin is not None
    assets = Path(spec.origin).parent / "assets"
    best = audio.read(assets / "two_cities.wav", start_s=0.8, end_s=4.97)
    ever = audio.read(assets / "beckett.wav", end_s=3.3)
    folder.mkdir()
    audio.write_wav(folder / "AGENT-ANN CALL 1.WAV", best)
    (folder / "agent-ann call 1.TXT").write_text(
        "It was the best of times, it was the worst of times,", encoding="utf-8"
    )
    audio.write_wav(folder / "agent-bob-2.wav", ever)
    cue = "1\n00:00:00,000 --> 00:00:03,200\nEver tried. Ever failed.\n"
    (folder / "agent-bob-2.srt").write_text(cue, encoding="utf-8")
    encoded(folder / "agent-cat-3.m4a", "mp4", "aac", audio.resample(ever, 44_100))
    encoded(folder / "Agent-Eve 5.amr", "amr", "libopencore_amrnb", audio.resample(best, 8_000))
    (folder / "agent-eve 5.json").write_text(
        json.dumps({"text": "It was the best of times, it was the worst of times,"}), encoding="utf-8"
    )
    (folder / "log.csv").write_text('audio,text\nagent-cat-3.m4a,"Ever tried. Ever failed."\n', encoding="utf-8")
    asks = audio.read(assets / "two_cities.wav", start_s=4.65, end_s=8.64)
    says = audio.resample(audio.read(assets / "beckett.wav", start_s=3.3, end_s=6.0), asks.sample_rate_hz)
    left, right = asks.samples, np.zeros_like(asks.samples)
    right[: len(says.samples)] = says.samples[: len(right)]
    soundfile.write(folder / "stereo call.flac", np.stack([left, right], axis=1), asks.sample_rate_hz)
    speech = audio.read(assets / "two_cities.wav")
    hour_long(folder / "long-agent-dan.flac", speech, spoken_s)
    (folder / "._agent-bob-2.wav").write_bytes(b"\0\5\26\7")
    (folder / "notes.docx").write_bytes(b"not for us")


def hour_long(path: Path, speech: audio.Audio, spoken_s: float) -> None:
    """Speech again and again, at equal distances over an hour."""
    rate, times = speech.sample_rate_hz, max(1, round(spoken_s / speech.duration_s))
    every = round(HOUR_S * rate / times)
    hum = np.random.default_rng(0).normal(scale=3e-4, size=every).astype(np.float32)
    hum[: len(speech.samples)] += speech.samples[:every]
    with soundfile.SoundFile(path, "w", rate, 1) as file:
        for _ in range(times):
            file.write(hum)


def encoded(path: Path, form: str, codec: str, sound: audio.Audio) -> None:
    """A recording as a telephone writes it."""
    import av

    with av.open(str(path), "w", format=form) as file:
        stream = file.add_stream(codec, rate=sound.sample_rate_hz, layout="mono")
        kind, size = ("fltp", 1024) if codec == "aac" else ("s16", 160)
        samples = sound.samples if codec == "aac" else (sound.samples * 32767).astype(np.int16)
        for begin in range(0, len(samples) - size, size):
            part = np.ascontiguousarray(samples[np.newaxis, begin : begin + size])
            frame = av.AudioFrame.from_ndarray(part, format=kind, layout="mono")
            frame.sample_rate, frame.pts = sound.sample_rate_hz, begin
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def run(words: list[str], folder: Path, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(
        [str(BENCH), *words], cwd=folder, capture_output=True, text=True, timeout=3600, env=environment()
    )
    assert done.returncode in codes, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "API_KEY" not in name}


def annotate(words: list[str], folder: Path) -> None:
    """Accept the first drafts, as a person at the page does."""
    command = [str(BENCH), *words, "--no-browser"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment()) as page:
        try:
            assert page.stdout is not None
            address = page.stdout.readline().split()[0]
            host = address.removeprefix("http://").rstrip("/")
            rows = json.loads(ask(host, "GET", "/rows"))
            for number, row in enumerate(rows[:3]):
                assert ask(host, "GET", f"/clip/{number}.wav")[:4] == b"RIFF"
                ask(host, "POST", f"/rows/{number}", json.dumps({"text": row["draft"] or "{*}"}))
        finally:
            page.terminate()
            page.wait(180)


def ask(host: str, method: str, path: str, body: str | None = None) -> bytes:
    connection = http.client.HTTPConnection(host, timeout=120)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    connection.close()
    return content


def test_the_session_has_ten_commands_at_most_and_begins_with_the_install() -> None:
    assert len(commands()) <= 10
    assert commands()[0][:2] == ["pipx", "install"]


@pytest.mark.slow
def test_a_person_gets_from_a_folder_to_a_report(tmp_path: Path) -> None:
    session(tmp_path, spoken_s=0.0)
    assert 44.0 < sum(long_clips_s(tmp_path)) < 52.0  # what was said, and half a second around it


@pytest.mark.nightly
def test_so_does_a_person_with_an_hour_of_speech(tmp_path: Path) -> None:
    session(tmp_path, spoken_s=HOUR_S)
    assert len(long_clips_s(tmp_path)) > HOUR_S / 30
    assert sum(long_clips_s(tmp_path)) > 0.8 * HOUR_S


def long_clips_s(folder: Path) -> list[float]:
    """Lengths of the clips that the hour's call was cut into."""
    with (folder / "my-calls" / "annotation.csv").open(encoding="utf-8-sig", newline="") as file:
        return [float(row["duration_s"]) for row in csv.DictReader(file) if row["audio"].startswith("long")]


def session(folder: Path, *, spoken_s: float) -> None:
    """What docs/walkthrough.md says, command by command."""
    calls(folder / "my-calls", spoken_s=spoken_s)
    before = {path: path.read_bytes() for path in (folder / "my-calls").iterdir()}
    _, first, page, second, dry, full = commands()
    told = run(first[1:], folder)
    assert "6 recordings" in told
    assert "1 with a speaker per channel; 4 with a transcript" in told
    assert "notes.docx: expected a recording or a transcript" in told
    annotate(page[1:], folder)
    told = run(second[1:], folder)
    assert "references were drafted by moonshine" in told
    assert "next: bench run my.yaml --dry-run" in told
    told = run(dry[1:], folder)
    assert "streams" in told
    assert "speakers" in told
    run(full[1:], folder, codes=(0, 3))  # 3: a busy machine kept no pace, and the run says so
    assert (folder / "reports/first/report.html").is_file()
    assert {path: path.read_bytes() for path in before} == before
