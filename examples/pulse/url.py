"""Pulse, batch: an address instead of bytes. pip install httpx; python url.py https://example.com/call.wav [language]

The service fetches the recording, so it must be public; the model is pulse (pulse-pro takes bytes alone).
"""

import os
import sys

import httpx

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai")


def transcribe(url: str, language: str = "en") -> str:
    answer = httpx.post(
        f"{BASE}/waves/v1/stt/",
        params={"model": "pulse", "language": language},
        headers={"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}"},
        json={"url": url},
        timeout=300,
    )
    answer.raise_for_status()
    return answer.json()["transcription"]


if __name__ == "__main__":
    print(transcribe(*sys.argv[1:]))
