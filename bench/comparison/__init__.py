"""Holding one run against another: evidence, rules, the gate, baselines, changes, power."""
