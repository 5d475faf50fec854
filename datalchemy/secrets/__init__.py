"""The only room for secrets: their sources, what may be shown, and how they are masked."""
