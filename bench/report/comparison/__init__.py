"""A comparison of two runs: sentences, a page, terminal text, Markdown and JSON. Formats; computes nothing."""
