"""Reporters: tables, figures, HTML, Markdown, CSV, JUnit. They format; they compute nothing."""
