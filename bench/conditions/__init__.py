"""Conditions: what happens to the audio, and to the request, before it is sent."""
