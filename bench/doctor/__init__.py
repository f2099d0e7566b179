"""`bench doctor`: what to check of a service before an integration with it goes to production.

Short calls with a clip of known text, each check one finding. Must not import the runner, run folders or reports.
"""
