"""The one room for secrets: where they come from, what may be shown, and how they stay unseen."""
