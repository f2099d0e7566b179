"""Synthesis in a process of its own: reads {"texts", "voice"} as JSON; writes the rate, then each text as 16-bit PCM.

The rate is a line of its own, and so is the number of bytes before each text's samples.

Run by `synthesis` only. Source: https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
"""

from __future__ import annotations

import ctypes
import json
import sys
from importlib import import_module
from typing import Any

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_POS_CHARACTER = 1
_CHARS_UTF8 = 1


def main() -> int:
    """Synthesise standard input to standard output."""
    espeakng_loader: Any = import_module("espeakng_loader")
    request = json.load(sys.stdin)
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
    if rate_hz <= 0 or library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        sys.stderr.write(f"no voice {request['voice']!r}\n")
        return 1
    pcm: list[bytes] = []

    def collect(samples: ctypes.Array[ctypes.c_short], count: int, _events: int) -> int:
        if count > 0:
            pcm.append(ctypes.string_at(samples, count * 2))
        return 0

    signature = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    callback = signature(collect)  # kept in a name for as long as the library may call it
    library.espeak_SetSynthCallback(callback)
    sys.stdout.buffer.write(f"{rate_hz}\n".encode())
    for text in (text.encode() for text in request["texts"]):
        pcm.clear()
        library.espeak_Synth(text, len(text) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
        library.espeak_Synchronize()
        spoken = b"".join(pcm)
        sys.stdout.buffer.write(f"{len(spoken)}\n".encode() + spoken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
