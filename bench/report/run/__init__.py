"""The report of one run, part by part."""
