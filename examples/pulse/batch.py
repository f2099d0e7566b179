"""Pulse, batch: the bytes of a file in one request. pip install httpx; python batch.py call.wav [language]

The text is in `transcription`; a 429 or 5xx is asked again, after what Retry-After says.
"""

import os
import sys
import time

import httpx

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai")


def transcribe(path: str, language: str = "en", attempts: int = 4) -> str:
    with open(path, "rb") as file:
        audio = file.read()
    for attempt in range(attempts):
        answer = httpx.post(
            f"{BASE}/waves/v1/stt/",
            params={"model": "pulse", "language": language},
            headers={"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}", "Content-Type": "audio/wav"},
            content=audio,
            timeout=120,
        )
        if answer.status_code not in (429, 500, 502, 503, 504) or attempt + 1 == attempts:
            break
        time.sleep(float(answer.headers.get("retry-after", 0.5 * 2**attempt)))
    answer.raise_for_status()
    return answer.json()["transcription"]


if __name__ == "__main__":
    print(transcribe(*sys.argv[1:]))
