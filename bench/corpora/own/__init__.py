"""A folder of someone's own recordings becomes a corpus: what lies in it, who speaks, where it is cut, what was said.

Engines are not its business: drafts come from a function that the caller passes.
"""
