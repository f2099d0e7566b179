"""Corpora: the manifest format, sources to import or fetch from, sampling."""
