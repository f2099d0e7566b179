"""Earwitness: accuracy and latency of speech-to-text systems on your users' audio."""

__version__ = "0.1.0"
