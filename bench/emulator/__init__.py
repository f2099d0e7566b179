"""A Pulse-compatible server over a local recogniser or a script, with faults on demand."""
