"""Metrics over many runs: series of comparable points, and where they changed. Pure: points in, values out."""
