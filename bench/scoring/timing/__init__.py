"""When it was heard: latency, stability and validity from one event log."""
