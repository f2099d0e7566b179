"""Scoring: pure functions of (Utterance, Result). No files, sockets, clocks or global randomness."""
