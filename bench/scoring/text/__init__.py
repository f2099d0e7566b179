"""What was said against what was heard: text rules, alignment, scripts, terms."""
