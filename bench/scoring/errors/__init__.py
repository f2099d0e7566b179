"""Which words were wrong, and why."""
