"""Every run on disk: one folder each, written so that a reader never sees half a file."""
