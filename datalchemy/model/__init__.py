"""What a database is, as frozen values without rules."""
