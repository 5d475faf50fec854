"""The settings and the orchestration of one run."""
