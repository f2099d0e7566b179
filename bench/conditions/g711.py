"""G.711 mu-law and A-law, both ways, by the formulas of the standard on 16-bit samples. Pure.

Source: ITU-T G.711 (11/1988), tables 1a-2b, and its recommended conversion of 16-bit linear samples (G.191).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BIAS = 132
_MU_CLIP = 32635


def mulaw_encode(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """16-bit linear to mu-law bytes; shape (n,)."""
    wide = pcm.astype(np.int32)
    sign = np.where(wide < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(wide), _MU_CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    coded: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return coded


def mulaw_decode(coded: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Mu-law bytes to 16-bit linear; shape (n,)."""
    bits = ~coded.astype(np.int32) & 0xFF
    magnitude = ((((bits & 0x0F) << 3) + _BIAS) << ((bits >> 4) & 7)) - _BIAS
    return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int16)


def alaw_encode(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """16-bit linear to A-law bytes; shape (n,)."""
    wide = pcm.astype(np.int32) >> 3  # 13 bits, rounded towards minus infinity
    sign = np.where(wide >= 0, 0x80, 0)
    magnitude = np.where(wide >= 0, wide, ~wide)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent, 1)) & 0x0F
    coded: NDArray[np.uint8] = ((sign | (exponent << 4) | mantissa) ^ 0x55).astype(np.uint8)
    return coded


def alaw_decode(coded: NDArray[np.uint8]) -> NDArray[np.int16]:
    """A-law bytes to 16-bit linear; shape (n,)."""
    bits = coded.astype(np.int32) ^ 0x55
    exponent = (bits >> 4) & 7
    half = ((bits & 0x0F) << 4) + 8
    magnitude = np.where(exponent > 0, (half + 256) << np.maximum(exponent - 1, 0), half)
    return np.where(bits & 0x80, magnitude, -magnitude).astype(np.int16)
