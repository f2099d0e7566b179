"""Smallest AI's Pulse API: adapter, streaming session, messages, settings. Pure."""
