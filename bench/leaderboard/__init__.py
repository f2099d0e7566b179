"""Engines ranked per language, from runs of one or many people. Pure: rows in, values out."""
