"""DDL from schema.json alone: it proves that the file is complete, and builds the structure again."""
