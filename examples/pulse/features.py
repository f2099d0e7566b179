"""Pulse, batch: who speaks, and how. pip install httpx; python features.py call.wav [language]

Who speaks is in `utterances[].speaker` (and in `words[].speaker`), not in the text; how is in `emotions`, a score for
each. Options are parameters of the query, never of the body.
"""

import os
import sys

import httpx

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai")
OPTIONS = {"model": "pulse", "diarize": "true", "word_timestamps": "true", "emotion_detection": "true"}


def analyse(path: str, language: str = "en") -> tuple[list[tuple[str, str]], str]:
    """What each speaker says in turn, and the strongest emotion."""
    with open(path, "rb") as file:
        audio = file.read()
    answer = httpx.post(
        f"{BASE}/waves/v1/stt/",
        params={**OPTIONS, "language": language},
        headers={"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}", "Content-Type": "audio/wav"},
        content=audio,
        timeout=120,
    )
    answer.raise_for_status()
    body = answer.json()
    turns = [(str(turn["speaker"]), turn["text"].strip()) for turn in body["utterances"]]
    emotions = body["emotions"]
    return turns, max(emotions, key=emotions.get)


if __name__ == "__main__":
    turns, emotion = analyse(*sys.argv[1:])
    for speaker, text in turns:
        print(f"{speaker}: {text}")
    print(f"emotion: {emotion}")
