"""Concurrent sessions on engines: plan, levels, and the curve made of them."""
