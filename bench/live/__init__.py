"""Servers on loopback for one person at this machine."""
