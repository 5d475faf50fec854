"""DDL from schema.json alone: the proof that the file holds what it promises, and a way to build the structure anew."""
