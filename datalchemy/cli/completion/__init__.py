"""Tab completion: from a line that is being typed to what may follow. It imports nothing that takes long."""
